import type { AgentCheckInput } from "../model/agent-config.ts";
import type { ServiceCheck } from "../model/checks.ts";
import { DNS_CHECK_PORT } from "../model/dns.ts";
import { unicastAddresses, type HostFacts } from "../model/host.ts";
import type { ServiceConfig } from "../model/schema.ts";

type ExternalService = Extract<ServiceConfig, { kind: "external" }>;
type DnsService = Extract<ServiceConfig, { kind: "dns" }>;

const TRANSPORTS = ["udp", "tcp"] as const;

/**
 * A DNS service is asked for the SOA of its first zone at each address over both transports: by TCP at the port of its clients, by UDP at one that no flood
 * reaches. The answers to both come from the same server. All its zones, and their signatures, are the same at all sites, and asked for in
 * turn at one address.
 */
export function dnsServiceChecks({ zones, addresses, check }: DnsService): AgentCheckInput[] {
  const names = Object.keys(zones).toSorted();
  const [name = ""] = names;
  const { serial, signatureDays, scope, ...timing } = check;
  const compared =
    serial === undefined ? {} : { serial: { ...serial, port: 53 }, ...(scope === undefined ? {} : { scope }) };
  const [first = ""] = addresses;
  return [
    ...addresses.flatMap((address): AgentCheckInput[] => [
      { kind: "dns", address, port: DNS_CHECK_PORT, transport: "udp", name, ...timing, ...compared },
      { kind: "dns", address, transport: "tcp", name, ...timing },
    ]),
    { kind: "zones", address: first, port: DNS_CHECK_PORT, names, signatureDays, ...timing, scope: "shared" },
  ];
}

/** Where one check is made. */
interface Place {
  readonly address?: string;
  readonly transport?: (typeof TRANSPORTS)[number];
}

/**
 * The checks of an external service, each at every address that it asks, and the quorum over them.
 * A quorum counts the checks as they stand in the stack file: one that is made at several places counts by the share of them that
 * is up. So all weights are multiplied by the same number, as small as keeps the shares whole.
 *
 * @param host whose own addresses `address: host` means
 */
export function externalServiceChecks(
  { addresses, checks, quorum }: ExternalService,
  host: HostFacts,
): {
  checks: AgentCheckInput[];
  quorum?: "all" | "any" | number;
} {
  const placed = checks.map((check) => ({ check, places: placesOf(check, addresses, unicastAddresses(host)) }));
  const scale =
    typeof quorum === "number" ? placed.reduce((sum, { places }) => multiple(sum, Math.max(1, places.length)), 1) : 1;
  const made = placed.flatMap(({ check, places }) =>
    places.map((place) => {
      const weight = typeof quorum === "number" ? ((check.weight ?? 1) * scale) / places.length : check.weight;
      const dependsOn = check.dependsOn?.flatMap((id) => explaining(id, place, placed));
      return {
        ...at(check, place),
        ...(check.id === undefined ? {} : { id: idAt(check.id, place, places) }),
        ...(dependsOn === undefined ? {} : { dependsOn }),
        ...(weight === undefined || weight === 1 ? {} : { weight }),
      };
    }),
  );
  if (quorum === undefined || quorum === "all") return { checks: made };
  return { checks: made, quorum: typeof quorum === "number" ? quorum * scale : quorum };
}

/** A command, file or unit has no place: it is one check, however many addresses there are. */
function placesOf(check: ServiceCheck, addresses: readonly string[], own: readonly string[]): Place[] {
  switch (check.kind) {
    case "command":
    case "file":
    case "unit":
      return [{}];
    case "dns":
      return asked(check, addresses, own).flatMap((address) => TRANSPORTS.map((transport) => ({ address, transport })));
    case "http":
    case "https":
    case "tcp":
    case "udp":
    case "icmp":
    case "ntp":
      return asked(check, addresses, own).map((address) => ({ address }));
  }
}

function asked(
  { address }: { address?: string | undefined },
  addresses: readonly string[],
  own: readonly string[],
): readonly string[] {
  if (address === "host") return own;
  return address === undefined ? addresses : [address];
}

function at(check: ServiceCheck, { address = "", transport }: Place): AgentCheckInput {
  switch (check.kind) {
    case "command":
    case "file":
    case "unit":
      return check;
    case "dns":
      return serialOnce({ ...check, address, transport });
    case "http":
    case "https":
    case "tcp":
    case "udp":
    case "icmp":
    case "ntp":
      return { ...check, address };
  }
}

/** Serials are compared over UDP alone: the same zone has the same one over TCP. */
function serialOnce<Check extends { transport?: string | undefined; serial?: unknown }>(check: Check): Check {
  if (check.transport !== "tcp" || check.serial === undefined) return check;
  const { serial: _serial, ...rest } = check;
  return rest as Check;
}

/** A check that is made at one place keeps its id, another has one for each place. */
function idAt(id: string, { address, transport }: Place, places: readonly Place[]): string {
  return places.length === 1 ? id : [id, address, transport].filter((part) => part !== undefined).join("/");
}

/** The ids of a check at the same address; when it is made at others, all of them. */
function explaining(
  id: string,
  { address }: Place,
  placed: readonly { readonly check: ServiceCheck; readonly places: readonly Place[] }[],
): string[] {
  const places = placed.find(({ check }) => check.id === id)?.places ?? [];
  const same = places.filter((place) => place.address === address);
  return (same.length > 0 ? same : places).map((place) => idAt(id, place, places));
}

/** The least common multiple. */
function multiple(a: number, b: number): number {
  return (a * b) / commonDivisor(a, b);
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
