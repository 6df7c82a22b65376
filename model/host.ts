import type { Family } from "./ip.ts";
import type { BgpProfile } from "./profiles.ts";

/** A BGP session to be, from the host's point of view. */
export interface Neighbor {
  readonly family: Family;
  readonly address: string;
  readonly asn: number;
  /** The host's own address for the session. */
  readonly source: string;
  readonly multihop: number | undefined;
  /** Whether packets of the session must come from as near as the neighbor is (GTSM, RFC 5082). Default false. */
  readonly ttlSecurity?: boolean | undefined;
  /** Whether a password is set; the password itself is a secret and never stands here. */
  readonly password: boolean;
}

/** A host, as far as rendering needs it: provider-neutral and free of secrets. */
export interface HostFacts {
  /** Unicast addresses; IPv4 is also the router id. */
  readonly ipv4: string | undefined;
  readonly ipv6: string | undefined;
  readonly neighbors: readonly Neighbor[];
  readonly profile: BgpProfile;
  /** Prefixes from which SSH may come. */
  readonly managementFrom: readonly string[];
  /** Where SSH listens. Default: as the site's configuration says, else 22. */
  readonly sshPort?: number | undefined;
}

/** The host's own addresses, IPv4 first. */
export function unicastAddresses({ ipv4, ipv6 }: HostFacts): string[] {
  return [ipv4, ipv6].filter((address) => address !== undefined);
}
