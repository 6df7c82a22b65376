import type { NetworkPlan } from "../plan.ts";
import { firewallNames, isBehindCanary, type FirewallNames } from "./firewall.ts";
import { VULTR_TYPES } from "./resources.ts";
import { typeOf, type Stray } from "./strays.ts";

/** A server that is taken back into a state, with the host key that was checked. */
export interface Adopted {
  readonly server: Stray;
  /** As in `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
}

/** Something of the account that servers share, by its id there and the name of its resource. */
export interface SharedThing {
  readonly type: string;
  readonly name: string;
  readonly id: string;
}

/** One entry of the file for `pulumi import --file`. */
interface ImportEntry {
  readonly type: string;
  /** What other entries call it. */
  readonly name: string;
  readonly id?: string;
  readonly component?: true;
  readonly parent?: string;
}

/** The file for `pulumi import --file`. */
export interface ImportFile {
  /** Name → URN, of parents that the state has. */
  readonly nameTable: Readonly<Record<string, string>>;
  readonly resources: readonly ImportEntry[];
}

/** The resource name of the network and of the site that the resource of a server belongs to. */
export function parentsOf({ resource, site }: Pick<Stray, "resource" | "site">): { network: string; site: string } {
  const siteName = resource.replace(/-host$/, "");
  return { network: siteName.endsWith(`-${site}`) ? siteName.slice(0, -site.length - 1) : siteName, site: siteName };
}

/**
 * The imports that take servers back into a state, and what they share.
 *
 * @param urns those of the resources that the state has
 */
export function importFile(
  adopted: readonly Adopted[],
  shared: readonly SharedThing[],
  urns: readonly string[],
): ImportFile {
  const nameTable: Record<string, string> = {};
  const resources = new Map<string, ImportEntry>();
  const component = (type: string, name: string, parent?: string): void => {
    const urn = urns.find((each) => each.endsWith(`${type}::${name}`));
    if (urn === undefined)
      resources.set(name, { type, name, component: true, ...(parent === undefined ? {} : { parent }) });
    else nameTable[name] = urn;
  };
  for (const { server } of adopted) {
    const { network, site } = parentsOf(server);
    component("anycast:index:AnycastNetwork", network);
    component("anycast:index:AnycastSite", site, network);
    resources.set(server.resource, { type: typeOf(server.kind), name: server.resource, id: server.id, parent: site });
  }
  const first = adopted[0];
  if (first !== undefined)
    for (const { type, name, id } of shared)
      if (!urns.some((urn) => urn.endsWith(`${type}::${name}`)))
        resources.set(name, { type, name, id, parent: parentsOf(first.server).network });
  return { nameTable, resources: [...resources.values()] };
}

/** The ids of a network's firewall groups; undefined where none was found. */
export interface GroupIds {
  readonly canary: string | undefined;
  readonly others: string | undefined;
}

/**
 * Finds the groups of a network by its servers. Those of one group for all, as earlier versions made, are behind that of most sites: the next
 * `up` makes the canary its own.
 */
export function groupIds(
  plan: Pick<NetworkPlan, "waves">,
  servers: readonly Pick<Stray, "site" | "firewallGroupId">[],
): GroupIds {
  const idOf = (isCanary: boolean): string | undefined =>
    servers.find(
      ({ site, firewallGroupId }) => firewallGroupId !== undefined && isBehindCanary(plan, site) === isCanary,
    )?.firewallGroupId;
  const [canary, others] = [idOf(true), idOf(false)];
  return { canary: canary === others ? undefined : canary, others };
}

/** What the servers of one network share at Vultr, as far as it was found there. What a group opens is known from its rules, and is not imported. */
export function sharedThings(
  network: string,
  { canary, others }: GroupIds,
  keyIds: readonly { readonly index: number; readonly id: string }[],
): SharedThing[] {
  return [
    ...groupThings(firewallNames(network, false), others),
    ...groupThings(firewallNames(network, true), canary),
    ...keyIds.map(({ index, id }) => ({ type: VULTR_TYPES.sshKey, name: `${network}-vultr-key-${index}`, id })),
  ];
}

function groupThings({ group, rules }: FirewallNames, id: string | undefined): SharedThing[] {
  if (id === undefined) return [];
  return [
    { type: VULTR_TYPES.firewallGroup, name: group, id },
    { type: VULTR_TYPES.firewallRules, name: rules, id },
  ];
}

/** The shell script that takes servers back into a state: the pinned host keys, then the imports. */
export function adoptionScript(stack: string, adopted: readonly Adopted[], imports: ImportFile): string {
  return [
    "set -e",
    "# The host keys that the servers have, compared with the fingerprints in their tags.",
    ...adopted.map(
      ({ server, hostKey }) =>
        `pulumi config set --stack ${stack} --path 'anycast:network.sites.${server.site}.host.hostKey' '${hostKey}'`,
    ),
    "# The servers and what they share. Nothing is changed at Vultr.",
    "cat > anycast-import.json <<'END'",
    JSON.stringify(imports, undefined, 2),
    "END",
    `pulumi import --stack ${stack} --file anycast-import.json --protect=false --generate-code=false --yes --skip-preview`,
    "rm anycast-import.json",
    `# Then: pulumi preview --stack ${stack} --diff`,
    "",
  ].join("\n");
}
