import { z } from "zod";
import type { NetworkPlan } from "../plan.ts";
import { vultrSites, type VultrOrder } from "./orders.ts";
import { VULTR_TYPES } from "./resources.ts";

/** A resource in a stack's state. */
export interface StateResource {
  readonly name: string;
  readonly type: string;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** A server at Vultr in a stack's state. */
export interface StateServer extends VultrOrder {
  /** The template of its first contact; undefined for a server that was imported. */
  readonly generation: string | undefined;
}

/** The generation of a server that was imported: its host key is not the stack's own. */
export const ADOPTED = "adopted";

const serverSchema = z.object({
  hostname: z.string(),
  region: z.string(),
  plan: z.string(),
  generation: z.string().nullish(),
});

const PROVIDERS = new Map<string, VultrOrder["provider"]>([
  [VULTR_TYPES.instance, "vultr"],
  [VULTR_TYPES.bareMetalServer, "vultrBareMetal"],
]);

/** The servers at Vultr in a stack's state. */
export function serversIn(resources: readonly StateResource[]): StateServer[] {
  return resources.flatMap(({ type, outputs }) => {
    const provider = PROVIDERS.get(type);
    const parsed = serverSchema.safeParse(outputs);
    if (provider === undefined || !parsed.success) return [];
    const { hostname, region, plan, generation } = parsed.data;
    return [{ site: hostname, provider, region, plan, generation: generation || undefined }];
  });
}

/** The most rules that a firewall group of a stack may have, by its state; undefined when the state has no group. */
export function ruleLimitIn(resources: readonly StateResource[]): number | undefined {
  const group = resources.find(({ type }) => type === VULTR_TYPES.firewallGroup);
  const limit = group?.outputs["maxRuleCount"];
  return typeof limit === "number" ? limit : undefined;
}

const rulesSchema = z.object({
  rules: z.array(z.object({ protocol: z.string(), port: z.string().nullish(), from: z.string() })),
});

/** A rule in a state, or as it is wanted; notes open nothing. */
type Opening = z.output<typeof rulesSchema>["rules"][number];

/**
 * How many rules a group of a stack has at most while it is changed: those that go are closed after those that come were opened.
 *
 * @param wanted what each group has in the end
 */
export function mostRules(resources: readonly StateResource[], wanted: readonly Opening[]): number {
  const counts = resources
    .filter(({ type }) => type === VULTR_TYPES.firewallRules)
    .map(({ outputs }) => {
      const { data } = rulesSchema.safeParse(outputs);
      return new Set([...(data?.rules ?? []), ...wanted].map(openingKey)).size;
    });
  return Math.max(wanted.length, ...counts);
}

function openingKey({ protocol, port, from }: Opening): string {
  return [protocol, port ?? "", from].join(" ");
}

/** Refuses a state with resources of the package that served Vultr before; undefined when there are none. */
export function legacyProblem(resources: readonly StateResource[]): string | undefined {
  const old = resources.filter(({ type }) => type.startsWith("vultr:index/"));
  if (old.length === 0) return undefined;
  return `The stack's state has ${old.length} resource${old.length === 1 ? "" : "s"} of the Vultr package that is no longer used (${old[0]?.type} ${old[0]?.name}). Import the servers by the new one, which leaves them as they are: docs/providers/vultr.md, "Servers of the old package".`;
}

/** States where `hostKey`, which is for servers that were imported, does not fit the servers that are there. */
export function hostKeyProblems(plan: Pick<NetworkPlan, "sites">, there: readonly StateServer[]): string[] {
  return vultrSites(plan).flatMap(({ name, host }) => {
    if (host.hostKey === undefined) return [];
    const at = `anycast:network.sites.${name}.host.hostKey`;
    const server = there.find(({ site }) => site === name);
    if (server === undefined)
      return [
        `${at}: is for a server that was imported, and the state has none for '${name}'. Import it (anycast preflight --adopt), or remove hostKey`,
      ];
    if (server.generation !== undefined && server.generation !== ADOPTED)
      return [`${at}: is for a server that was imported, and the stack made this one and has its key. Remove hostKey`];
    return server.provider === host.provider && server.region === host.region && server.plan === host.plan
      ? []
      : [
          `${at}: belongs to the server that is there, ${server.plan} in ${server.region}. A new server has a new key: remove hostKey with the same change`,
        ];
  });
}
