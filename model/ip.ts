import ipaddr from "ipaddr.js";

/** An IP family. */
export type Family = 4 | 6;

/** An IP prefix in its canonical form, host bits clear. */
export interface Prefix {
  /** As in `203.0.113.0/24` or `2001:db8:53::/48`. */
  readonly cidr: string;
  readonly family: Family;
  /** The prefix length in bits. */
  readonly length: number;
}

/** The canonical form of an address (RFC 5952 for IPv6), or undefined when the text is no address. */
export function canonicalAddress(text: string): string | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text).toString();
  if (ipaddr.IPv6.isValid(text) && !text.includes("%")) return ipaddr.IPv6.parse(text).toRFC5952String();
  return undefined;
}

/** The family of a valid address. */
export function familyOf(address: string): Family {
  return ipaddr.parse(address).kind() === "ipv4" ? 4 : 6;
}

/** A prefix's parts, or what is wrong with the text: `syntax`, or `host bits` with the prefix that was probably meant. */
export function parsePrefix(text: string): Prefix | { error: "syntax" } | { error: "host bits"; meant: string } {
  const [address = "", length = "", ...rest] = text.split("/");
  const canonical = canonicalAddress(address);
  if (canonical === undefined || rest.length > 0 || !/^\d{1,3}$/.test(length)) return { error: "syntax" };
  const family = familyOf(canonical);
  if (Number(length) > (family === 4 ? 32 : 128)) return { error: "syntax" };
  const network = networkAddress(canonical, Number(length));
  const cidr = `${network}/${Number(length)}`;
  return network === canonical ? { cidr, family, length: Number(length) } : { error: "host bits", meant: cidr };
}

function networkAddress(address: string, length: number): string {
  const parsed = ipaddr.parse(address);
  return parsed instanceof ipaddr.IPv4
    ? ipaddr.IPv4.networkAddressFromCIDR(`${address}/${length}`).toString()
    : ipaddr.IPv6.networkAddressFromCIDR(`${address}/${length}`).toRFC5952String();
}

/** Whether a valid address lies inside a prefix (never across families). */
export function contains(cidr: string, address: string): boolean {
  const [network, length] = ipaddr.parseCIDR(cidr);
  const parsed = ipaddr.parse(address);
  return parsed.kind() === network.kind() && parsed.match([network, length] as [ipaddr.IPv4, number]);
}

/** Whether two prefixes share an address. */
export function overlaps(a: Prefix, b: Prefix): boolean {
  const [wide, narrow] = a.length <= b.length ? [a, b] : [b, a];
  return contains(wide.cidr, narrow.cidr.split("/")[0] ?? "");
}

/** Space that is never announced to the Internet (IANA special-purpose registries, RFC 6890), with the name of each range. */
const SPECIAL: readonly (readonly [cidr: string, name: string])[] = [
  ["0.0.0.0/8", "'this network' space (RFC 791)"],
  ["10.0.0.0/8", "private space (RFC 1918)"],
  ["100.64.0.0/10", "shared space (RFC 6598)"],
  ["127.0.0.0/8", "loopback space (RFC 1122)"],
  ["169.254.0.0/16", "link-local space (RFC 3927)"],
  ["172.16.0.0/12", "private space (RFC 1918)"],
  ["192.0.0.0/24", "protocol assignments (RFC 6890)"],
  ["192.0.2.0/24", "documentation space (RFC 5737)"],
  ["192.168.0.0/16", "private space (RFC 1918)"],
  ["198.18.0.0/15", "benchmarking space (RFC 2544)"],
  ["198.51.100.0/24", "documentation space (RFC 5737)"],
  ["203.0.113.0/24", "documentation space (RFC 5737)"],
  ["224.0.0.0/3", "multicast or reserved space (RFC 1112)"],
  ["2001:db8::/32", "documentation space (RFC 3849)"],
  ["3fff::/20", "documentation space (RFC 9637)"],
  ["2002::/16", "6to4 space (RFC 3056)"],
  ["fc00::/7", "unique local space (RFC 4193)"],
  ["fe80::/10", "link-local space (RFC 4291)"],
  ["ff00::/8", "multicast space (RFC 4291)"],
];

/** The name of the special-purpose range that a prefix touches, or undefined when it may be announced to the Internet. */
export function specialPurpose(prefix: Prefix): string | undefined {
  const named = SPECIAL.find(([cidr]) => {
    const range = parsePrefix(cidr);
    return !("error" in range) && range.family === prefix.family && overlaps(range, prefix);
  });
  if (named) return named[1];
  if (prefix.family === 6 && !contains("2000::/3", prefix.cidr.split("/")[0] ?? ""))
    return "space outside global unicast (2000::/3)";
  return undefined;
}
