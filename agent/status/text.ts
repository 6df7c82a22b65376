import type { SiteStatus } from "./status.ts";

/** A status as people read it. */
export function statusText(status: SiteStatus): string {
  const services = Object.entries(status.services).flatMap(([name, { verdict, checks }]) => [
    [name, verdict, ""],
    ...checks.map(({ check, verdict: one, since, last }) => [
      `  ${check}`,
      one,
      `since ${since}${last?.cause ? `: ${last.cause}` : ""}`,
    ]),
  ]);
  const prefixes = status.prefixes.map(({ cidr, wanted, actual, since, cause }) => [
    cidr,
    wanted === actual ? wanted : `${wanted}, but ${actual ?? "unknown"} in BIRD`,
    `since ${since}: ${cause}`,
  ]);
  const sessions = status.sessions.map(({ protocol, neighbor, asn, state, lastError }) => [
    `${protocol} ${neighbor} AS${asn}`,
    state ?? "unknown",
    lastError ?? "",
  ]);
  return [
    `site ${status.site}, agent ${status.version}${status.held === null ? "" : `, held: ${status.held}`}`,
    ...(status.bird === null ? [] : [status.bird]),
    ...section("services", services),
    ...section("prefixes", prefixes),
    ...section("sessions", sessions),
  ].join("\n");
}

function section(title: string, rows: readonly (readonly string[])[]): string[] {
  const widths = [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
  return ["", title, ...lines.map((line) => `  ${line.trimEnd()}`)];
}
