import { DNS_CHECK_PORT } from "../model/dns.ts";
import { unicastAddresses, type HostFacts } from "../model/host.ts";
import { PATHS } from "../model/paths.ts";
import type { NetworkConfig } from "../model/schema.ts";
import { dnsServices } from "./order.ts";
import { header, indent, paragraphs } from "./text.ts";

/** The names of all zones, in order. One Knot DNS serves them on the addresses of all DNS services. */
export function zoneNames(network: NetworkConfig): string[] {
  return [...new Set(dnsServices(network).flatMap(([, service]) => Object.keys(service.zones)))].toSorted();
}

/**
 * Responses a second to a client's network: a /24 or /56 with Knot 3.2, an address with 3.4, whose limit for bursts (`instant-limit`, which 3.2 refuses) stays as it
 * is. A resolver that asks more is answered by TCP.
 */
const RESPONSE_RATE = 200;

/** Of the responses beyond it, each so many-th is sent truncated, so that who really asked comes again by TCP; the others are dropped. */
const SLIP = 2;

/**
 * The configuration of Knot DNS (3.2 and later) for all services of kind `dns`: it listens on their addresses alone and answers
 * `id.server.` and `hostname.bind.` (CH TXT, RFC 4892) and NSID (RFC 5001) with the site's name. Its responses are limited (RRL), so that nobody
 * can be flooded by it in another's name; those to the host itself are not (docs/decisions/040).
 */
export function renderKnot(network: NetworkConfig, site: string, host: HostFacts): string {
  const addresses = dnsServices(network).flatMap(([, service]) => service.addresses);
  return paragraphs(
    [header(site)],
    section("server", [
      'rundir: "/run/knot"',
      "# The services' addresses and nothing else: never the host's own.",
      `listen: [ ${addresses.map((address) => `${address}@53`).join(", ")} ]`,
      "# For the agent's checks alone: what floods port 53 does not fill these sockets.",
      `listen: [ ${addresses.map((address) => `${address}@${DNS_CHECK_PORT}`).join(", ")} ]`,
      "# A client sees where it landed: dig CH TXT id.server, dig +nsid.",
      `identity: "${site}"`,
      `nsid: "${site}"`,
      'version: ""',
      "udp-workers: 2",
      "# Each worker has a listening socket of its own, on which Knot has the kernel keep 10 connections waiting, and no more.",
      "tcp-workers: 10",
      "tcp-reuseport: on",
      "background-workers: 1",
      "tcp-max-clients: 1000",
    ]),
    section("log", ["- target: syslog", "  any: info"]),
    section("database", ['storage: "/var/lib/knot"']),
    section("mod-rrl", [
      "- id: default",
      `  rate-limit: ${RESPONSE_RATE}`,
      `  slip: ${SLIP}`,
      "  # The host itself.",
      `  whitelist: [ ${["127.0.0.0/8", "::1", ...unicastAddresses(host), ...addresses].join(", ")} ]`,
    ]),
    section("template", [
      "- id: default",
      "  global-module: mod-rrl/default",
      `  storage: "${PATHS.zones}"`,
      '  file: "%s.zone"',
      "  # The zone files are the only truth: read whole, never written, no journal.",
      "  zonefile-load: whole",
      "  zonefile-sync: -1",
      "  journal-content: none",
      "  semantic-checks: on",
    ]),
    section(
      "zone",
      zoneNames(network).map((zone) => `- domain: "${zone}"`),
    ),
  );
}

function section(name: string, lines: readonly string[]): string[] {
  return [`${name}:`, ...indent(lines)];
}
