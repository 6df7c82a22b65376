/**
 * The port at which a DNS server of ours answers its own host, beside 53: on sockets of their own, so that a flood on port 53 starves no check. The
 * firewall lets nobody else in.
 */
export const DNS_CHECK_PORT = 10053;

/** The record types that a DNS check can ask for. */
export const DNS_TYPES = ["SOA", "A", "AAAA", "NS", "TXT", "CNAME", "MX", "PTR", "SRV", "CAA"] as const;

/** The codes of a DNS reply (RFC 6895). */
export const DNS_RCODES = [
  "NOERROR",
  "FORMERR",
  "SERVFAIL",
  "NXDOMAIN",
  "NOTIMP",
  "REFUSED",
  "YXDOMAIN",
  "YXRRSET",
  "NXRRSET",
  "NOTAUTH",
  "NOTZONE",
] as const;

/** Header flags that a DNS check can ask for. */
export const DNS_FLAGS = ["aa", "ad", "ra", "tc"] as const;
