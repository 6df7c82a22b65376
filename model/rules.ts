import { nonPublicAsn } from "./asn.ts";
import { belowOnPurpose } from "./below-floor.ts";
import type { Problem } from "./config-error.ts";
import { wishProblems } from "./communities.ts";
import { contains, familyOf, overlaps, specialPurpose, canonicalAddress } from "./ip.ts";
import { fromProblems, reachProblems } from "./management.ts";
import { METROS, distanceKm, type Location } from "./metros.ts";
import { didYouMean } from "./nearest.ts";
import { PROFILES, type BgpProfile } from "./profiles.ts";
import { meantRegion, REGIONS } from "./regions.ts";
import type { CloudHostConfig, HostConfig, NetworkConfig } from "./schema.ts";

/** The range of the lab's management network (RFC 2544): an existing host with such an address is in a lab, never on the Internet. */
export const LAB_MANAGEMENT = "198.18.0.0/15";

/** Where the network is to be made: with `rehearsal` on simulated clouds in the lab, so that nothing reaches the Internet. */
export interface Circumstances {
  readonly rehearsal: boolean;
  /** Prefixes that may have fewer active sites than the floor, as a person said for one run. Default: none. */
  readonly belowFloor?: readonly string[];
}

/** Whether a host is in the lab, so that nothing it announces reaches the Internet. */
export function isInLab(host: HostConfig): boolean {
  if (host.provider === "lab") return true;
  if (host.provider !== "existing") return false;
  return canonicalAddress(host.address) !== undefined && contains(LAB_MANAGEMENT, host.address);
}

/** The main IPv4 address of an existing host: as given, or the SSH address when that is one. */
export function mainIpv4(host: Extract<HostConfig, { provider: "existing" }>): string | undefined {
  if (host.ipv4 !== undefined) return host.ipv4;
  const address = canonicalAddress(host.address);
  return address !== undefined && familyOf(address) === 4 ? address : undefined;
}

/** The name of the profile that a host's BGP follows. */
export function profileOf(host: HostConfig): BgpProfile {
  switch (host.provider) {
    case "lab":
    case "existing":
    case "custom":
      return PROFILES[host.profile];
    case "vultr":
    case "vultrBareMetal":
    case "equinixMetal":
      return PROFILES[host.provider];
  }
}

/** What is wrong with the network as a whole, apart from single sites. */
export function networkProblems(config: NetworkConfig, floor: number, circumstances: Circumstances): Problem[] {
  return [
    ...prefixProblems(config, circumstances),
    ...limitProblems(config),
    ...asnProblems(config, circumstances),
    ...addressProblems(config),
    ...zoneProblems(config),
    ...floorProblems(config, floor, circumstances),
    ...clientProblems(config),
    ...metricsProblems(config),
    ...fromProblems(config),
  ];
}

function prefixProblems(config: NetworkConfig, { rehearsal }: Circumstances): Problem[] {
  const problems: Problem[] = [];
  const outside = rehearsal ? undefined : Object.entries(config.sites).find(([, site]) => !isInLab(site.host))?.[0];
  const addresses = Object.values(config.services).flatMap((service) => service.addresses);
  for (const [index, prefix] of config.prefixes.entries()) {
    const path = ["prefixes", index];
    const special = specialPurpose(prefix);
    if (special !== undefined && outside !== undefined) {
      problems.push({
        path,
        message: `${prefix.cidr} is ${special}: it can be announced in the lab only, and site '${outside}' is not in the lab`,
      });
    }
    const other = config.prefixes
      .slice(0, index)
      .find((earlier) => earlier.family === prefix.family && overlaps(earlier, prefix));
    if (other !== undefined) problems.push({ path, message: `${prefix.cidr} overlaps ${other.cidr}` });
    if (!addresses.some((address) => contains(prefix.cidr, address))) {
      problems.push({ path, message: `no service has an address in ${prefix.cidr}: it would never be announced` });
    }
  }
  return problems;
}

/** What the providers of the sites do not take. */
function limitProblems(config: NetworkConfig): Problem[] {
  const problems: Problem[] = [];
  const profiles = new Set(Object.values(config.sites).map(({ host }) => profileOf(host)));
  for (const { title, limits } of profiles) {
    if (limits.prefixes !== undefined && config.prefixes.length > limits.prefixes.most) {
      problems.push({
        path: ["prefixes"],
        message: `${config.prefixes.length} are more than the ${limits.prefixes.most} a${limits.prefixes.per === "account" ? "n" : ""} ${limits.prefixes.per} that ${title} takes: announce a shorter prefix that covers several, or ask ${title} for more`,
      });
    }
    for (const [index, prefix] of config.prefixes.entries()) {
      const [shortest, longest] = limits.lengths?.[prefix.family] ?? [0, 128];
      if (prefix.length < shortest || prefix.length > longest) {
        problems.push({
          path: ["prefixes", index],
          message: `${prefix.cidr} is outside what ${title} takes, /${shortest} to /${longest}`,
        });
      }
    }
  }
  return problems;
}

function asnProblems(config: NetworkConfig, { rehearsal }: Circumstances): Problem[] {
  const kind = nonPublicAsn(config.asn);
  const outside = Object.values(config.sites).find(({ host }) => !isInLab(host) && profileOf(host) !== PROFILES.custom);
  if (kind === undefined || outside === undefined || rehearsal) return [];
  return [
    {
      path: ["asn"],
      message: `AS${config.asn} is a ${kind} number: ${profileOf(outside.host).name} announces your own prefix only from your own public AS number`,
    },
  ];
}

function addressProblems(config: NetworkConfig): Problem[] {
  const problems: Problem[] = [];
  const owners = new Map<string, string>();
  for (const [service, { addresses }] of Object.entries(config.services)) {
    for (const [index, address] of addresses.entries()) {
      const path = ["services", service, "addresses", index];
      const owner = owners.get(address);
      if (owner !== undefined) problems.push({ path, message: `${address} is already an address of ${owner}` });
      owners.set(address, `service '${service}'`);
      if (!config.prefixes.some((prefix) => contains(prefix.cidr, address))) {
        problems.push({
          path,
          message: `${address} is in none of the prefixes (${config.prefixes.map((prefix) => prefix.cidr).join(", ")})`,
        });
      }
    }
  }
  return problems;
}

function zoneProblems(config: NetworkConfig): Problem[] {
  const problems: Problem[] = [];
  const owners = new Map<string, string>();
  for (const [service, settings] of Object.entries(config.services)) {
    if (settings.kind !== "dns") continue;
    for (const zone of Object.keys(settings.zones)) {
      const owner = owners.get(zone);
      if (owner !== undefined)
        problems.push({
          path: ["services", service, "zones", zone],
          message: `zone ${zone} is already served by service '${owner}'`,
        });
      owners.set(zone, service);
    }
  }
  return problems;
}

function floorProblems(config: NetworkConfig, floor: number, { belowFloor = [] }: Circumstances): Problem[] {
  const count = Object.keys(config.sites).length;
  if (count < 2) {
    return [
      {
        path: ["sites"],
        message: `${count === 0 ? "no site" : "one site only"}: anycast needs at least two, or every change and every fault is an outage`,
      },
    ];
  }
  const active = Object.values(config.sites).filter((site) => site.state === "active").length;
  const below = config.prefixes.map(({ cidr }) => cidr).filter((cidr) => !belowFloor.includes(cidr));
  if (active >= floor || below.length === 0) return [];
  const way = floor > count ? "lower the floor" : `leave more sites active, or ${belowOnPurpose(below)}`;
  return [
    {
      path: ["floor"],
      message: `${active} of ${count} sites are active, fewer than the floor of ${floor}, for ${below.join(", ")} (safety 1): ${way}`,
    },
  ];
}

/** In the lab, its own network is where management comes from. */
function metricsProblems({ management, sites }: NetworkConfig): Problem[] {
  const isOpen = management.from === undefined && Object.values(sites).some(({ host }) => host.provider !== "lab");
  if (management.metrics === undefined || !isOpen) return [];
  return [
    {
      path: ["management", "metrics"],
      message: "needs management.from, the prefixes from which Prometheus and SSH come: metrics are not for everybody",
    },
  ];
}

function clientProblems(config: NetworkConfig): Problem[] {
  return config.lab.clients.flatMap((metro, index) => unknownMetro(metro, ["lab", "clients", index]));
}

function unknownMetro(metro: string, path: readonly PropertyKey[]): Problem[] {
  if (METROS.has(metro)) return [];
  const known = [...METROS.keys()];
  const byCity = [...METROS.values()].find(({ city }) => city.toLowerCase() === metro.toLowerCase())?.code;
  const hint = byCity === undefined ? didYouMean(metro, known) : `; did you mean '${byCity}'?`;
  return [
    {
      path,
      message: `the lab has no region '${metro}'${hint} (${known.slice(0, 6).join(", ")}, … ${known.length} in model/metros.ts)`,
    },
  ];
}

/** What is wrong with one site. */
export function siteProblems(config: NetworkConfig, name: string): Problem[] {
  const site = config.sites[name]!;
  const { host } = site;
  const path = ["sites", name, "host"];
  const profile = profileOf(host);
  const wishes = wishProblems(profile.title, profile.communities, site).map(({ key, message }) => ({
    path: ["sites", name, ...key],
    message,
  }));
  switch (host.provider) {
    case "lab":
      return [...unknownMetro(host.region, [...path, "region"]), ...wishes];
    case "existing":
      return [...existingProblems(config, host, path), ...wishes];
    case "custom":
      return wishes;
    case "vultr":
    case "vultrBareMetal":
    case "equinixMetal":
      return [...unknownRegion(host, [...path, "region"]), ...wishes];
  }
}

function unknownRegion(host: CloudHostConfig, path: readonly PropertyKey[]): Problem[] {
  const regions = REGIONS[host.provider];
  if (regions.has(host.region)) return [];
  const meant = meantRegion(host.region, regions);
  const hint = meant === undefined ? "" : `; did you mean '${meant.code}' (${meant.city})?`;
  const { title } = PROFILES[host.provider];
  return [{ path, message: `${title} has no region '${host.region}'${hint} (${[...regions.keys()].join(", ")})` }];
}

function existingProblems(
  config: NetworkConfig,
  host: Extract<HostConfig, { provider: "existing" }>,
  path: readonly PropertyKey[],
): Problem[] {
  const problems: Problem[] = [];
  const profile = profileOf(host);
  const known = new Set(profile.neighbors.map(({ family }) => family));
  if (known.size === 0 && host.neighbors.length === 0)
    problems.push({
      path: [...path, "neighbors"],
      message:
        profile === PROFILES.custom
          ? "is empty: name the provider's BGP speakers, or a profile that knows them"
          : `is empty: ${profile.title}'s BGP speakers differ from place to place, name those of this host (from its API)`,
    });
  for (const [index, { address }] of host.neighbors.entries()) {
    if (known.has(familyOf(address)))
      problems.push({
        path: known.size === 2 ? [...path, "neighbors"] : [...path, "neighbors", index],
        message: `profile '${host.profile}' has its own${known.size === 2 ? "" : ` for IPv${familyOf(address)}`}: leave them out, or set profile: custom`,
      });
  }
  const neighbors = [...profile.neighbors, ...host.neighbors];
  const sources = { 4: mainIpv4(host), 6: host.ipv6 };
  for (const family of [4, 6] as const) {
    if (!config.prefixes.some((prefix) => prefix.family === family)) continue;
    if (!neighbors.some(({ address }) => familyOf(address) === family)) {
      if (neighbors.length > 0)
        problems.push({
          path: [...path, "neighbors"],
          message: `none speaks IPv${family}: the IPv${family} prefixes could not be announced here`,
        });
    } else if (sources[family] === undefined) {
      problems.push({
        path: [...path, `ipv${family}`],
        message: `is missing: the host's own IPv${family} address, the source of its BGP session`,
      });
    }
  }
  problems.push(...reachProblems(config, path, host.address, [sources[4], sources[6]]));
  return problems;
}

/** Closer than this is one metropolitan area: one disaster takes all of it. */
const METRO_KM = 100;

/** What an operator should know although it is no error. */
export function warnings(config: NetworkConfig, sites: readonly { name: string; location: Location }[]): string[] {
  const found: string[] = [];
  if (sites.length < 3)
    found.push(
      `Only ${sites.length} sites: while one is changed or down, a single site carries everything. Three or more are better.`,
    );
  const [first, ...others] = sites;
  if (first !== undefined && others.every((site) => distanceKm(first.location, site.location) < METRO_KM)) {
    found.push("All sites are in one metropolitan area: one disaster takes them all.");
  }
  if (config.management.from === undefined && Object.values(config.sites).some((site) => !isInLab(site.host))) {
    found.push(
      "management.from is not set: SSH to the hosts is open to every address (keys only). Name the networks you manage them from.",
    );
  }
  for (const profile of new Set(Object.values(config.sites).map(({ host }) => profileOf(host)))) {
    const names = Object.entries(config.sites)
      .filter(([, { host }]) => profileOf(host) === profile)
      .map(([name]) => `'${name}'`);
    if (profile.discontinued !== undefined)
      found.push(`${profile.discontinued} (site${names.length === 1 ? "" : "s"} ${names.join(", ")})`);
  }
  return found;
}
