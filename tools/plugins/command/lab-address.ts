import ipaddr from "ipaddr.js";

/** Where this plugin may connect: the lab's management addresses (RFC 2544's benchmarking range) and the machine itself. */
const allowed = ["198.18.0.0/15", "127.0.0.0/8", "::1/128"].map((range) => ipaddr.parseCIDR(range));

/**
 * True if `host` is an IP address of the lab or of this machine's loopback. A name never is: to look it up would ask
 * servers outside, and their answer can change.
 */
export function isLabAddress(host: string): boolean {
  // Only the usual forms: isValid also takes "127.1" and "0x7f000001".
  if (!ipaddr.IPv4.isValidFourPartDecimal(host) && !ipaddr.IPv6.isValid(host)) return false;
  const address = ipaddr.process(host);
  return allowed.some(([network, bits]) => address.kind() === network.kind() && address.match(network, bits));
}

/** What to tell somebody who wants to connect to another host. */
export function refusal(host: string): string {
  return (
    `refusing to connect to ${host}: this is the lab's stand-in for the command plugin; it connects only to lab hosts ` +
    `(addresses in 198.18.0.0/15, 127.0.0.0/8 or ::1). Install the official plugin for real hosts ` +
    `("pulumi plugin install resource command 1.2.1") and take the stand-in's folder off PATH`
  );
}
