import { z } from "zod";
import { didYouMean } from "../nearest.ts";
import type { NetworkPlan, SitePlan } from "../plan.ts";
import type { HostConfig } from "../schema.ts";
import type { VultrLists } from "./lists.ts";

/** The host of a site that is made at Vultr. */
export type VultrHostConfig = Extract<HostConfig, { provider: "vultr" | "vultrBareMetal" }>;

/** A site whose host is made at Vultr. */
export type VultrSite = SitePlan & { readonly host: VultrHostConfig };

/** What decides where a server at Vultr is, and what it costs. */
export const vultrOrderSchema = z.object({
  site: z.string(),
  provider: z.enum(["vultr", "vultrBareMetal"]),
  region: z.string(),
  plan: z.string(),
});

/** A server that is ordered, or there already. */
export type VultrOrder = z.output<typeof vultrOrderSchema>;

/** The sites whose hosts are made at Vultr, in the order of their names. */
export function vultrSites({ sites }: Pick<NetworkPlan, "sites">): VultrSite[] {
  return sites.filter((site): site is VultrSite => isAtVultr(site.host));
}

/** What the sites order at Vultr, in the order of their names. */
export function vultrOrders(plan: Pick<NetworkPlan, "sites">): VultrOrder[] {
  return vultrSites(plan).map(({ name, host: { provider, region, plan: order } }) => ({
    site: name,
    provider,
    region,
    plan: order,
  }));
}

/** The plan of an order in Vultr's lists; undefined when Vultr has none by that name. */
export function offerOf({ provider, plan }: Pick<VultrOrder, "provider" | "plan">, { plans, metalPlans }: VultrLists) {
  return (provider === "vultrBareMetal" ? metalPlans : plans).find(({ id }) => id === plan);
}

/** The id of an operating system by Vultr's name for it; undefined when Vultr has none by that name. */
export function osIdOf({ systems }: VultrLists, os: string): number | undefined {
  return systems.find(({ name }) => name === os)?.id;
}

/** States that Vultr has no operating system by a name, and which one may be meant. */
export function noSystem({ systems }: VultrLists, os: string): string {
  const hint = didYouMean(
    os,
    systems.map(({ name }) => name),
  );
  return `Vultr has no operating system '${os}'${hint}`;
}

/**
 * States what Vultr does not have of what the sites order, one line each, with its path.
 *
 * @param there the servers that are there already: they stay when their plan is sold out, or is no longer sold
 */
export function orderProblems(
  plan: Pick<NetworkPlan, "sites">,
  lists: VultrLists,
  there: readonly VultrOrder[],
): string[] {
  return vultrSites(plan).flatMap(({ name, host }) => {
    const at = (key: string): string => `anycast:network.sites.${name}.host.${key}`;
    const isThere = there.some(
      (server) => server.site === name && server.region === host.region && server.plan === host.plan,
    );
    return [
      ...(osIdOf(lists, host.os) === undefined
        ? [`${at("os")}: ${noSystem(lists, host.os)} (the list: ${LIST_URL}/os)`]
        : []),
      ...(isThere ? [] : placeProblems(host, lists, at)),
    ];
  });
}

const LIST_URL = "https://api.vultr.com/v2";

function placeProblems(
  { provider, region, plan }: VultrHostConfig,
  lists: VultrLists,
  at: (key: string) => string,
): string[] {
  const bareMetal = provider === "vultrBareMetal";
  const offer = offerOf({ provider, plan }, lists);
  const isRegion = lists.regions.some(({ id }) => id === region);
  const problems = isRegion ? [] : [`${at("region")}: Vultr has no region '${region}' (the list: ${LIST_URL}/regions)`];
  if (offer === undefined) {
    const names = (bareMetal ? lists.metalPlans : lists.plans).map(({ id }) => id);
    const list = `${LIST_URL}/${bareMetal ? "plans-metal" : "plans"}`;
    problems.push(
      `${at("plan")}: Vultr has no ${bareMetal ? "bare metal " : ""}plan '${plan}'${didYouMean(plan, names)} (the list: ${list})`,
    );
  } else if (isRegion && !offer.locations.includes(region)) {
    problems.push(`${at("plan")}: Vultr does not offer '${plan}' in '${region}' at present, ${where(offer.locations)}`);
  }
  return problems;
}

function isAtVultr({ provider }: HostConfig): boolean {
  return provider === "vultr" || provider === "vultrBareMetal";
}

function where(locations: readonly string[]): string {
  return locations.length === 0 ? "it is sold out everywhere" : `only in ${locations.join(", ")}`;
}
