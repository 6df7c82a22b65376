import type { VultrLists } from "./lists.ts";
import { offerOf, type VultrOrder } from "./orders.ts";

/** What a server costs. */
export interface Cost {
  readonly plan: string;
  /** US dollars a month by the plan's list price; undefined when Vultr no longer lists the plan. */
  readonly monthly: number | undefined;
}

/** What the server of a site costs before a change and after it; undefined where there is none. */
export interface CostChange {
  readonly site: string;
  readonly before: Cost | undefined;
  readonly after: Cost | undefined;
}

/** Prices the servers before and after a change, by site, in the order of the sites' names. A site may have several servers before. */
export function costChanges(
  before: readonly VultrOrder[],
  after: readonly VultrOrder[],
  lists: VultrLists,
): CostChange[] {
  const sites = [...new Set([...before, ...after].map(({ site }) => site))].toSorted();
  return sites.map((site) => ({
    site,
    before: costOf(
      before.filter((order) => order.site === site),
      lists,
    ),
    after: costOf(
      after.filter((order) => order.site === site),
      lists,
    ),
  }));
}

function costOf(orders: readonly VultrOrder[], lists: VultrLists): Cost | undefined {
  if (orders.length === 0) return undefined;
  return {
    plan: orders.map(({ plan }) => plan).join(" + "),
    monthly: sum(orders.map((order) => offerOf(order, lists)?.monthly_cost)),
  };
}

/** The sums before and after, in US dollars a month; undefined where one price is not known. */
export function totals(changes: readonly CostChange[]): {
  readonly before: number | undefined;
  readonly after: number | undefined;
} {
  const total = (side: "before" | "after"): number | undefined =>
    sum(changes.map((change) => (change[side] === undefined ? 0 : change[side].monthly)));
  return { before: total("before"), after: total("after") };
}

function sum(values: readonly (number | undefined)[]): number | undefined {
  let total = 0;
  for (const value of values) {
    if (value === undefined) return undefined;
    total += value;
  }
  return total;
}

/** An amount, as in `$10` or `$7.50`. */
export function dollars(amount: number | undefined): string {
  if (amount === undefined) return "an unknown price";
  return `$${Number.isInteger(amount) ? amount : amount.toFixed(2)}`;
}

/** States what the servers cost a month, before and after, for a person: the totals, then a line for each change, then the rest by plan. */
export function costsText(changes: readonly CostChange[]): string {
  const { before, after } = totals(changes);
  const lines = changes
    .filter((change) => !isSame(change))
    .map(({ site, before: was, after: is }) => `  ${site}: ${costText(was)} → ${costText(is)}`);
  const same = new Map<string, string[]>();
  for (const { site, after: cost } of changes.filter(isSame))
    same.set(costText(cost), [...(same.get(costText(cost)) ?? []), site]);
  for (const [cost, sites] of same) {
    const names = sites.length > NAMED ? `${sites.length} sites` : sites.join(", ");
    lines.push(`  ${names}: ${cost}${sites.length > 1 ? " each" : ""}, as before`);
  }
  return [
    `What the servers at Vultr cost a month, before → after: ${dollars(before)} → ${dollars(after)} (list prices, without traffic and taxes)`,
    ...lines,
  ].join("\n");
}

/** How many sites are told by name. */
const NAMED = 12;

/** Whether a site costs after the change what it did before. */
export function isSame({ before, after }: CostChange): boolean {
  return before?.plan === after?.plan && before?.monthly === after?.monthly;
}

/** What one server costs, as in `$10 (vc2-1c-2gb)`. */
export function costText(cost: Cost | undefined): string {
  return cost === undefined ? "nothing" : `${dollars(cost.monthly)} (${cost.plan})`;
}

/** What is said where nobody could ask for the prices. */
export function pricesNotAsked(): string {
  return "What the servers at Vultr cost is not said here: its price lists did not answer.";
}
