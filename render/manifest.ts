import type { HostFacts } from "../model/host.ts";
import type { HostVersions, Manifest, ManifestFile } from "../model/manifest.ts";
import { upstreamVersion } from "../model/packages.ts";
import { eventsDropIn, PATHS, recoveredDropIn } from "../model/paths.ts";
import type { NetworkConfig } from "../model/schema.ts";
import { renderAddresses } from "./addresses.ts";
import { agentConfig } from "./agent-config.ts";
import { birdReaderFiles } from "./bird-reader.ts";
import { renderBird } from "./bird.ts";
import { agentCommand } from "./command.ts";
import { renderFirewall } from "./firewall.ts";
import { renderKnot, zoneNames } from "./knot.ts";
import { dnsServices, sortedEntries } from "./order.ts";
import { renderSysctl } from "./sysctl.ts";
import { agentUnit, daemonDropIn, guardUnit, networkUnit, serviceEventsDropIn, wholeHostDropIn } from "./units.ts";

export { agentConfig } from "./agent-config.ts";
export { renderSecrets } from "./secrets.ts";

/** All that the files of a site follow from. */
export interface SiteRendering {
  readonly network: NetworkConfig;
  readonly site: string;
  readonly host: HostFacts;
  /** The host's own: BIRD's decides the grammar of its configuration, unless another version is pinned. */
  readonly versions: HostVersions;
  /** Zone name → content of the zone file. */
  readonly zones: Readonly<Record<string, string>>;
  /** The version of the secrets to use; null when no session has a password. */
  readonly secretsVersion: string | null;
}

/**
 * All files of a site. Equal input gives equal output to the byte, and so does input with its sites, services, zones or prefixes in another order.
 *
 * @throws Error when the network has no such site, a zone has no content, or the host cannot run BGP (no address, BIRD before 2.0)
 */
export function renderManifest({ network, site, host, versions, zones, secretsVersion }: SiteRendering): Manifest {
  const config = network.sites[site];
  if (config === undefined) throw new Error(`the network has no site '${site}'`);
  const pinned = pinnedPackages(network);
  const bird = pinned.bird2 === undefined ? versions.bird : upstreamVersion(pinned.bird2);
  const contents: Record<string, string> = {
    [PATHS.bird]: renderBird(network, site, host, bird),
    [PATHS.birdDropIn]: daemonDropIn(site),
    [PATHS.firewall]: renderFirewall(network, site, host, config.host),
    [PATHS.addresses]: renderAddresses(network, site),
    [PATHS.sysctl]: renderSysctl(site),
    [PATHS.agentConfig]: `${JSON.stringify(agentConfig(network, site, host), null, 2)}\n`,
    [PATHS.command]: agentCommand(site),
    [PATHS.networkUnit]: networkUnit(site),
    [PATHS.agentUnit]: agentUnit(site),
    ...birdReaderFiles(site),
    [recoveredDropIn("bird.service")]: wholeHostDropIn(site),
    [recoveredDropIn("anycast-agent.service")]: wholeHostDropIn(site),
    ...serviceUnitFiles(site, Object.values(agentConfig(network, site, host).services)),
    ...(dnsServices(network).length > 0 ? knotFiles(network, site, zones, renderKnot(network, site, host)) : {}),
  };
  return {
    format: 1,
    site,
    secrets: secretsVersion,
    soak: network.rollout.soak,
    packages: pinned,
    files: Object.fromEntries(sortedEntries(contents).map(([path, content]) => [path, file(path, content)])),
  };
}

/** The versions that every site is to have; Knot's only where there is something for it to serve. */
function pinnedPackages(network: NetworkConfig): NetworkConfig["packages"] {
  const { knot, ...others } = network.packages;
  const all = knot === undefined || dnsServices(network).length === 0 ? others : { ...others, knot };
  return Object.fromEntries(sortedEntries(all));
}

function knotFiles(
  network: NetworkConfig,
  site: string,
  zones: Readonly<Record<string, string>>,
  configuration: string,
): Record<string, string> {
  return {
    [PATHS.knot]: configuration,
    [PATHS.knotDropIn]: daemonDropIn(site),
    ...Object.fromEntries(
      zoneNames(network).map((zone) => {
        const content = zones[zone];
        if (content === undefined) throw new Error(`zone ${zone} has no content: its zone file was not read`);
        return [`${PATHS.zones}/${zone}.zone`, content];
      }),
    ),
  };
}

/** What lets the agent know of the services' ends, and starts them on a whole host only; nothing where no unit is known. */
function serviceUnitFiles(
  site: string,
  services: readonly { unit?: string | null | undefined }[],
): Record<string, string> {
  const units = [...new Set(services.flatMap(({ unit }) => unit ?? []))];
  if (units.length === 0) return {};
  return {
    [PATHS.guardUnit]: guardUnit(site),
    ...Object.fromEntries(
      units.flatMap((unit) => [
        [eventsDropIn(unit), serviceEventsDropIn(site, unit)],
        [recoveredDropIn(unit), wholeHostDropIn(site)],
      ]),
    ),
  };
}

function file(path: string, content: string): ManifestFile {
  return { content, mode: path === PATHS.command ? "0755" : "0644", owner: "root:root" };
}
