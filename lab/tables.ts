import Table from "cli-table3";
import pc from "picocolors";
import { isAsExpected, type QueryRow } from "./query.ts";
import type { LabStatus } from "./status.ts";

/** A table for a terminal: two spaces between columns, a title row, no lines. In color only where the terminal shows it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const none = ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"];
  const inner = ["left", "left-mid", "mid", "mid-mid", "right", "right-mid"];
  const made = new Table({
    head: head.map((title) => pc.bold(title)),
    chars: { ...Object.fromEntries([...none, ...inner].map((name) => [name, ""])), middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  made.push(...rows.map((row) => [...row]));
  const lines = made.toString().split("\n");
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

const NONE = "–";

/** The hosts of the lab. */
export function sitesTable({ sites }: LabStatus): string {
  return table(
    ["SITE", "REGION", "STATE", "BROKEN", "SSH", "IPV4", "IPV6"],
    sites.map(({ site, region, state, faults, address, ipv4, ipv6 }) => [
      site,
      region,
      state === "running" ? pc.green(state) : pc.red(state),
      faults.length === 0 ? NONE : pc.red(faults.join(", ")),
      `root@${address}`,
      ipv4,
      ipv6,
    ]),
  );
}

/** The BGP sessions between hosts and their provider's routers. */
export function sessionsTable({ sessions }: LabStatus): string {
  return table(
    ["SITE", "ROUTER", "SPEAKER", "FAMILY", "NEIGHBOR", "STATE", "PREFIXES", "LAST ERROR"],
    sessions.map(({ site, node, router, family, neighbor, state, prefixes, lastError }) => [
      site,
      node,
      `${router.address} AS${router.asn}`,
      `IPv${family}`,
      neighbor,
      state === "Established" ? pc.green(state) : pc.red(state),
      String(prefixes),
      state === "Established" ? NONE : (lastError ?? NONE),
    ]),
  );
}

/** The nodes of the lab. */
export function nodesTable({ nodes }: LabStatus): string {
  return table(
    ["NODE", "REGION", "AS", "STATE"],
    nodes.map(({ node, region, asn, running }) => [
      node,
      region ?? NONE,
      asn === null ? NONE : String(asn),
      running ? pc.green("running") : pc.red("stopped"),
    ]),
  );
}

/** Where each client's questions landed. */
export function queryTable(rows: readonly QueryRow[]): string {
  return table(
    ["CLIENT", "ADDRESS", "TRANSPORT", "SITE", "EXPECTED", "RTT"],
    rows.map((row) => [
      row.client,
      row.address,
      row.transport,
      isAsExpected(row) ? pc.green(row.site ?? NONE) : pc.red(row.site ?? "no answer"),
      row.expected ?? "unreachable",
      row.rttMs === null ? NONE : `${row.rttMs.toFixed(1)} ms`,
    ]),
  );
}
