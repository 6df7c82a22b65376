import type { Finding } from "../../model/preflight.ts";
import type { NetworkSummary } from "../../model/summary.ts";
import { costText, dollars, isSame, pricesNotAsked, totals } from "../../model/vultr/costs.ts";
import type { Costs } from "../costs.ts";
import type { Rendered } from "../rendered.ts";
import { compare, type FileChange } from "./compare.ts";

/** Lines of one change, and of all together, that are shown: a comment of a code host takes 65,536 characters. */
const MOST_LINES = { ofOne: 80, ofAll: 400 };

/** What others said about two renderings. */
export interface Asked {
  /** Undefined where nothing is ordered. */
  readonly costs: Costs | undefined;
  /** What the ROAs say about the announcements after the change; empty where the network names no source. */
  readonly roas: readonly Finding[];
}

/**
 * How two renderings of a stack differ, as Markdown: who announces what before and after, what the ROAs say about that, what a month costs, then
 * each changed line.
 */
export function renderedDiff(
  before: Rendered | undefined,
  after: Rendered | undefined,
  { costs, roas }: Asked,
): string {
  const { added, removed, changes } = compare(before?.sites ?? {}, after?.sites ?? {});
  const sections = [
    announcedBy(before?.network, after?.network),
    ...(roas.length === 0 ? [] : [roaSection(roas)]),
    ...(costs === undefined ? [] : [costSection(costs)]),
    ...(added.length === 0 ? [] : [`New: ${names(added)}.`]),
    ...(removed.length === 0 ? [] : [`Gone: ${names(removed)}.`]),
    ...shown(changes),
    ...(added.length + removed.length + changes.length === 0 ? ["No file changes at any site."] : []),
  ];
  return `${sections.join("\n\n")}\n`;
}

function announcedBy(before: NetworkSummary | undefined, after: NetworkSummary | undefined): string {
  const prefixes = new Set([...Object.keys(before?.prefixes ?? {}), ...Object.keys(after?.prefixes ?? {})]);
  const rows = [...prefixes].map((prefix) => {
    const [then, now] = [before, after].map((network) => sitesOf(network, prefix));
    return [`\`${prefix}\``, then ?? "", then === now ? "the same" : `**${now ?? ""}**`];
  });
  const floor = [before, after].map((network) => (network === undefined ? "–" : String(network.floor)));
  if (floor[0] !== floor[1]) rows.push(["floor", floor[0] ?? "", `**${floor[1] ?? ""}**`]);
  return [["prefix", "announced by, before", "after"], ["---", "---", "---"], ...rows]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");
}

/** A line for each finding; what keeps the change from being deployed is bold. */
function roaSection(roas: readonly Finding[]): string {
  return roas.map(roaLine).join("\n");
}

function roaLine({ check, status, message }: Finding): string {
  if (status === "problem") return `- **${check}: ${message}. \`pulumi up\` would be refused**`;
  return `- ${status === "ok" ? "" : `${status}: `}${check}: ${message}`;
}

function costSection(costs: Costs): string {
  if (costs === "not asked") return pricesNotAsked();
  const { before, after } = totals(costs);
  const changed = costs.filter((change) => !isSame(change));
  const rows = changed.map(({ site, before: was, after: is }) => [site, costText(was), `**${costText(is)}**`]);
  const rest = costs.length - changed.length;
  if (rest > 0)
    rows.push([`${rest} ${changed.length === 0 ? "" : "other "}${rest === 1 ? "site" : "sites"}`, "", "the same"]);
  const sum = before === after ? "the same" : `**${dollars(after)}**`;
  return [
    ["server at Vultr, a month", "before", "after"],
    ["---", "---", "---"],
    ...rows,
    ["all", dollars(before), sum],
  ]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");
}

function sitesOf(network: NetworkSummary | undefined, prefix: string): string {
  const { active = [], drained = [] } = network?.prefixes[prefix] ?? {};
  const parts = [
    ...(active.length === 0 ? [] : [`${active.join(", ")} (${active.length})`]),
    ...(drained.length === 0 ? [] : [`as the last choice ${drained.join(", ")}`]),
  ];
  return parts.length === 0 ? "nobody" : parts.join("; ");
}

function shown(changes: readonly FileChange[]): string[] {
  const sections: string[] = [];
  let left = MOST_LINES.ofAll;
  for (const { path, sites, lines } of changes) {
    const head = `\`${path}\` at ${names(sites)}`;
    const most = Math.min(MOST_LINES.ofOne, left);
    left -= Math.min(lines.length, most);
    const rest = lines.length - most;
    if (most === 0) sections.push(`${head}: ${lines.length} lines, not shown`);
    else sections.push(`${head}:\n\n${fenced(lines.slice(0, most))}${rest > 0 ? `\n\n… and ${rest} more lines` : ""}`);
  }
  return sections;
}

/** Inside a fence that nothing in the lines can end. */
function fenced(lines: readonly string[]): string {
  const runs = lines.flatMap((line) => line.match(/`+/g) ?? []).map(({ length }) => length);
  const fence = "`".repeat(Math.max(3, ...runs.map((length) => length + 1)));
  return [`${fence}diff`, ...lines, fence].join("\n");
}

function names(sites: readonly string[]): string {
  return sites.length === 1 ? (sites[0] ?? "") : `${sites.join(", ")} (${sites.length} sites)`;
}
