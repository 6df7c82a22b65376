/** Why an AS number can never originate a route (RFC 7607, RFC 6793, RFC 7300), or undefined. */
export function unusableAsn(asn: number): string | undefined {
  switch (asn) {
    case 0:
      return "AS0 is reserved (RFC 7607)";
    case 23456:
      return "AS23456 is AS_TRANS (RFC 6793)";
    case 65535:
    case 4294967295:
      return `AS${asn} is reserved (RFC 7300)`;
    default:
      return undefined;
  }
}

/** The kind of an AS number that is not to be seen on the Internet: private (RFC 6996) or for documentation (RFC 5398); undefined for a public one. */
export function nonPublicAsn(asn: number): "private" | "documentation" | undefined {
  if ((asn >= 64512 && asn <= 65534) || (asn >= 4200000000 && asn <= 4294967294)) return "private";
  if ((asn >= 64496 && asn <= 64511) || (asn >= 65536 && asn <= 65551)) return "documentation";
  return undefined;
}
