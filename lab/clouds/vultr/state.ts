/** An SSH key of the account. */
export interface StoredKey {
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly sshKey: string;
  readonly dateCreated: string;
}

/** A firewall group. */
export interface StoredGroup {
  readonly id: string;
  readonly number: number;
  readonly description: string;
  readonly dateCreated: string;
  readonly dateModified: string;
}

/** A rule of a firewall group; goes with it. */
export interface StoredRule {
  /** Counts up in its group, from 1. */
  readonly number: number;
  readonly groupId: string;
  readonly ipType: "v4" | "v6";
  readonly protocol: string;
  /** As in `53` or `8000:8010`; empty for all. */
  readonly port: string;
  /** In the shortest form. */
  readonly subnet: string;
  readonly subnetSize: number;
  readonly notes: string;
}

/** Both kinds of servers. */
export type ServerKind = "instance" | "bareMetal";

/** The addresses of a server, without prefix lengths. */
export interface ServerAddresses {
  readonly ipv4: string;
  readonly ipv6: string;
  readonly gatewayIpv4: string;
}

/** A server that the customer pays for. */
export interface StoredServer {
  readonly id: string;
  readonly number: number;
  readonly kind: ServerKind;
  /** When it was ordered, in ms since 1970. */
  readonly orderedAt: number;
  readonly region: string;
  readonly plan: string;
  readonly osId: number;
  readonly label: string;
  readonly hostname: string;
  readonly tags: readonly string[];
  readonly enableIpv6: boolean;
  readonly keyIds: readonly string[];
  /** Empty: no firewall in front of it. */
  readonly groupId: string;
  /** In base64; secret, as it may hold a private key. */
  readonly userData: string;
  readonly defaultPassword: string;
  readonly isPoweredOn: boolean;
  /** Known when the machine was made. */
  readonly addresses?: ServerAddresses;
  /** The lab's host behind it. */
  readonly host?: string;
  /** The process that makes or removes its machine. */
  readonly worker?: number;
  /** When it was deleted, in ms since 1970: it shows for a while longer. */
  readonly deletedAt?: number;
}

/** All that the account has at the simulated Vultr. */
export interface VultrState {
  /** The number of what is made next. */
  readonly next: number;
  readonly keys: readonly StoredKey[];
  readonly groups: readonly StoredGroup[];
  readonly rules: readonly StoredRule[];
  readonly servers: readonly StoredServer[];
}

/** An account that never had anything. */
export const NOTHING: VultrState = { next: 1, keys: [], groups: [], rules: [], servers: [] };
