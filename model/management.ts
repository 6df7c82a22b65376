import type { Problem } from "./config-error.ts";
import { canonicalAddress, contains } from "./ip.ts";
import type { Finding } from "./preflight.ts";
import type { NetworkConfig } from "./schema.ts";

/** Why a way to manage hosts is refused (safety 13). */
const WHY = "the way to manage a host must not depend on it (safety 13)";

/** A host that SSH reaches by a name. */
export interface NamedHost {
  readonly site: string;
  readonly name: string;
}

/** The announced prefix that an address is inside of; undefined for a name. */
function prefixOf(config: NetworkConfig, address: string): string | undefined {
  if (canonicalAddress(address) === undefined) return undefined;
  return config.prefixes.find(({ cidr }) => contains(cidr, address))?.cidr;
}

/** The zone of the network's own that a name is in; undefined for an address. */
function zoneOf(config: NetworkConfig, name: string): string | undefined {
  const zones = Object.values(config.services).flatMap((service) =>
    service.kind === "dns" ? Object.keys(service.zones) : [],
  );
  return zones.find((zone) => name === zone || name.endsWith(`.${zone}`));
}

/**
 * What is wrong with where a host is reached, by the configuration alone.
 *
 * @param address where SSH reaches it: an address or a name
 * @param own the host's own addresses
 */
export function reachProblems(
  config: NetworkConfig,
  path: readonly PropertyKey[],
  address: string,
  own: readonly (string | undefined)[],
): Problem[] {
  const problems: Problem[] = [];
  for (const one of new Set([address, ...own]))
    if (one !== undefined && prefixOf(config, one) !== undefined)
      problems.push({ path, message: `${one} is inside an announced prefix: ${WHY}` });
  const zone = zoneOf(config, address);
  if (zone !== undefined)
    problems.push({
      path: [...path, "address"],
      message: `${address} is in zone ${zone}, which this network serves: ${WHY}. Give its IP address, or a name in a zone that others serve`,
    });
  return problems;
}

/** What is wrong with where management comes from. */
export function fromProblems({ management, prefixes }: NetworkConfig): Problem[] {
  return (management.from ?? []).flatMap(({ cidr, length, family }, index) => {
    const [network = ""] = cidr.split("/");
    const around = prefixes.find(
      (prefix) => prefix.family === family && prefix.length <= length && contains(prefix.cidr, network),
    );
    if (around === undefined) return [];
    return [
      {
        path: ["management", "from", index],
        message: `${cidr} is inside ${around.cidr}, which is announced: answers to it end at the nearest site (safety 13). Name the networks that you manage from`,
      },
    ];
  });
}

/** The hosts that SSH reaches by a name, by site. */
export function namedHosts({ sites }: NetworkConfig): NamedHost[] {
  return Object.entries(sites).flatMap(([site, { host }]) =>
    host.provider === "existing" && canonicalAddress(host.address) === undefined ? [{ site, name: host.address }] : [],
  );
}

/** Judges where a name leads. */
export function nameFindings(
  config: NetworkConfig,
  { site, name, addresses }: NamedHost & { readonly addresses: readonly string[] | { readonly failure: string } },
): Finding[] {
  const check = `SSH ${site}`;
  if ("failure" in addresses)
    return [
      {
        check,
        status: "warning",
        message: `${name} does not resolve (${addresses.failure}), so that nobody can tell whether it leads into an announced prefix`,
      },
    ];
  const inside = addresses.find((address) => prefixOf(config, address) !== undefined);
  if (inside === undefined) return [{ check, status: "ok", message: `${name} is ${addresses.join(", ")}` }];
  return [
    {
      check,
      status: "problem",
      message: `${name} is ${inside}, inside ${prefixOf(config, inside)}, which is announced: ${WHY}. Point the name at the host's own address, or give that as sites.${site}.host.address`,
    },
  ];
}
