import { belowOnPurpose, PERMIT_VARIABLE } from "./below-floor.ts";
import type { SiteInventory } from "./inventory.ts";
import type { Announcement, NetworkPlan } from "./plan.ts";

/** What is deployed of a network, as far as the comparison with a plan needs it. */
export interface Deployed {
  /** The floor of the last run that went through; undefined when none did. */
  readonly floor: number | undefined;
  /** All sites that are not gone, those of a run that broke off included. */
  readonly sites: readonly Pick<SiteInventory, "name" | "state" | "announces">[];
}

/** The sites that announce a prefix when all is well: in full, or as the last choice. In the order of their names. */
export type Announcers = Pick<Announcement, "active" | "drained">;

/** Who announces a prefix before a run, and after it. */
export interface PrefixChange {
  readonly cidr: string;
  readonly before: Announcers;
  readonly after: Announcers;
}

const NOBODY: Announcers = { active: [], drained: [] };

/** What a plan makes of each prefix: those of the plan in its order, then those that go. */
export function prefixChanges(plan: Pick<NetworkPlan, "announcements">, deployed: Deployed): PrefixChange[] {
  const after = new Map(plan.announcements.map(({ prefix, active, drained }) => [prefix.cidr, { active, drained }]));
  const before = deployed.sites.flatMap(({ announces }) => Object.keys(announces));
  return [...new Set([...after.keys(), ...before.toSorted()])].map((cidr) => ({
    cidr,
    before: announcersOf(cidr, deployed),
    after: after.get(cidr) ?? NOBODY,
  }));
}

function announcersOf(cidr: string, { sites }: Deployed): Announcers {
  const inState = (wanted: string): string[] =>
    sites
      .filter(({ state, announces }) => state === wanted && announces[cidr] !== undefined)
      .map(({ name }) => name)
      .toSorted();
  return { active: inState("active"), drained: inState("drained") };
}

/** What a state and a plan can say; what neighbors have, only hosts can. */
const HEAD = "Who is meant to announce what";

/** The changes for a person, a line each, after a line with the floor. */
export function changesText(changes: readonly PrefixChange[], floor: number, deployed: Deployed): string {
  const floors =
    deployed.floor === undefined || deployed.floor === floor ? String(floor) : `${deployed.floor} → ${floor}`;
  return [
    `${HEAD}, before → after (floor ${floors}); announced now: not asked, see 'anycast status':`,
    ...changes.map((each) => `  ${lineOf(each)}`),
  ].join("\n");
}

function lineOf({ cidr, before, after }: PrefixChange): string {
  const details = differences(before, after);
  if (details.length === 0) return `${cidr}: announced by ${told(after)}, as before`;
  const all = isSame(before, NOBODY) || isSame(after, NOBODY);
  return `${cidr}: announced by ${told(before)} → ${told(after)}${all ? "" : ` (${details.join(", ")})`}`;
}

/** How many sites are told by name. */
const NAMED = 12;

function told({ active, drained }: Announcers): string {
  const names = active.length > NAMED ? `${active.length} sites` : active.join(", ");
  const last = drained.length > NAMED ? `${drained.length} sites` : drained.join(", ");
  if (active.length === 0 && drained.length === 0) return "nobody";
  return [names, last === "" ? "" : `${last} as the last choice`].filter((part) => part !== "").join(", ");
}

function isSame(a: Announcers, b: Announcers): boolean {
  return a.active.join() === b.active.join() && a.drained.join() === b.drained.join();
}

function differences(before: Announcers, after: Announcers): string[] {
  const names = [...new Set([before, after].flatMap(({ active, drained }) => [...active, ...drained]))].toSorted();
  return names.flatMap((name) => {
    const [was, is] = [stateOf(name, before), stateOf(name, after)];
    if (was === is) return [];
    if (was === undefined) return [`${name} comes${is === "drained" ? " drained" : ""}`];
    if (is === undefined) return [`${name} goes`];
    return [is === "drained" ? `${name} drained` : `${name} in full again`];
  });
}

function stateOf(name: string, { active, drained }: Announcers): "active" | "drained" | undefined {
  if (active.includes(name)) return "active";
  return drained.includes(name) ? "drained" : undefined;
}

/**
 * Why a plan may not be carried out: what it takes below the floor, where no permit names it (safety 10), and permits for what it does not
 * take there. A plan that lowers the floor takes no site away by it: that is for the next run. What is below the floor by the plan alone
 * `planNetwork` has refused before.
 *
 * @param permits the prefixes that may fall below the floor in this run
 * @returns a line each; none when the plan may be carried out
 */
export function floorRefusals(
  changes: readonly PrefixChange[],
  floor: number,
  deployed: Deployed,
  permits: readonly string[],
): string[] {
  const least = Math.max(floor, deployed.floor ?? floor);
  const below = changes.filter(
    ({ before, after }) =>
      after.active.length < floor || (after.active.length < least && after.active.length < before.active.length),
  );
  const refused = below.filter(({ cidr }) => !permits.includes(cidr));
  const needless = permits.filter((cidr) => !below.some((change) => change.cidr === cidr));
  return [
    ...refused.map((change) => refusal(change, least, floor)),
    ...needless.map((cidr) => {
      const known = changes.some((change) => change.cidr === cidr);
      return known
        ? `${cidr} stays at its floor, and ${PERMIT_VARIABLE} names it: take it out, it is for the one run that needs it`
        : `${cidr} is no prefix of this network, and ${PERMIT_VARIABLE} names it: these are ${changes.map((change) => change.cidr).join(", ")}`;
    }),
  ];
}

function refusal({ cidr, before, after }: PrefixChange, least: number, floor: number): string {
  const who = `${cidr}: announced by ${told(before)} → ${told(after)}`;
  if (isSame(after, NOBODY))
    return `${who}: it would be withdrawn everywhere (safety 10). Keep it, or ${belowOnPurpose([cidr])}`;
  const why = `only ${after.active.length} in full, and the floor is ${least}${floor < least ? ` until this run is through (${floor} after it: lower it in a run of its own, first)` : ""}`;
  return `${who}: ${why} (safety 10). Leave more sites active, or ${belowOnPurpose([cidr])}`;
}
