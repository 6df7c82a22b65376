/**
 * The resources of the package `anycast-vultr`, as the plugin and the program both know them: inputs, and what the
 * plugin adds as outputs. All names are those of the Pulumi resource.
 */

/** The package's name: also the namespace of its configuration, and the first part of each type token. */
export const VULTR_PACKAGE = "anycast-vultr";

/** The type token of each resource. */
export const VULTR_TYPES = {
  sshKey: `${VULTR_PACKAGE}:index:SshKey`,
  firewallGroup: `${VULTR_PACKAGE}:index:FirewallGroup`,
  firewallOpenings: `${VULTR_PACKAGE}:index:FirewallOpenings`,
  firewallRules: `${VULTR_PACKAGE}:index:FirewallRules`,
  instance: `${VULTR_PACKAGE}:index:Instance`,
  bareMetalServer: `${VULTR_PACKAGE}:index:BareMetalServer`,
  firstContactDone: `${VULTR_PACKAGE}:index:FirstContactDone`,
} as const;

/** The type token of a resource of the package. */
export type VultrType = (typeof VULTR_TYPES)[keyof typeof VULTR_TYPES];

/** An SSH key of the account, let in by servers that are made with its id. */
export interface VultrSshKeyInputs {
  readonly name: string;
  /** The public key, as one line of `authorized_keys`; blanks around it do not count. */
  readonly sshKey: string;
}

export interface VultrSshKeyOutputs extends VultrSshKeyInputs {
  readonly dateCreated: string;
}

/** A group of firewall rules; what no rule of it opens does not reach the group's instances. */
export interface VultrFirewallGroupInputs {
  readonly description: string;
}

export interface VultrFirewallGroupOutputs extends VultrFirewallGroupInputs {
  /** The most rules that the group may have. */
  readonly maxRuleCount: number;
  readonly ruleCount: number;
}

/** One opening of a firewall group. */
export interface VultrFirewallRule {
  readonly protocol: "tcp" | "udp" | "icmp";
  /** A port, or a range as `8000:8010`; none for `icmp`. */
  readonly port?: string | undefined;
  /** From where, as CIDR; its family is the rule's. */
  readonly from: string;
  /** Shown beside the rule at Vultr; a difference here alone changes nothing, as the rule would have to be closed first. */
  readonly notes?: string | undefined;
}

/** Rules that one group has at least: they are added where they are missing, and none is ever closed. Another `groupId` replaces. */
export interface VultrFirewallOpeningsInputs {
  readonly groupId: string;
  readonly rules: readonly VultrFirewallRule[];
}

/** All rules of one group: a rule that was made by hand is drift. Another `groupId` replaces. */
export interface VultrFirewallRulesInputs {
  readonly groupId: string;
  readonly rules: readonly VultrFirewallRule[];
}

/** Rules come back normalized: network addresses, prefix lengths and IPv6 in its short form. */
export type VultrFirewallRulesOutputs = VultrFirewallRulesInputs;

/** What an instance and a bare-metal server have in common. */
export interface VultrServerInputs {
  /** Vultr's id of the location, as `ams`; another one replaces the server. */
  readonly region: string;
  /** Another one replaces the server. */
  readonly plan: string;
  /** The operating system's id, as 2136; another one replaces the server. */
  readonly osId: number;
  readonly label: string;
  /** The host's name at first; only counts when the server is made. */
  readonly hostname: string;
  readonly enableIpv6: boolean;
  /** The server's tags, without those by which the plugin itself marks it. */
  readonly tags: readonly string[];
  /** Ids of the account's SSH keys; only counts when the server is made. */
  readonly sshKeyIds: readonly string[];
  /** What cloud-init reads, as plain text; secret; only counts when the server is made. */
  readonly userData: string;
  /** Names the template of first contact; another one replaces the server. */
  readonly generation: string;
  /**
   * Who the server is: lower-case hexadecimal digits, unique for stack, resource and generation. The server bears it as
   * a tag, unfinished until it is complete; only counts when the server is made.
   */
  readonly identity: string;
}

export interface VultrInstanceInputs extends VultrServerInputs {
  /** The firewall group in front; none opens all. */
  readonly firewallGroupId?: string | undefined;
}

export type VultrBareMetalInputs = VultrServerInputs;

/** What Vultr says of a server. */
export interface VultrServerFacts {
  readonly mainIp: string;
  /** Empty without IPv6. */
  readonly v6MainIp: string;
  /** The operating system's name, as `Debian 12 x64 (bookworm)`. */
  readonly os: string;
  /** `active`, `pending`, `suspended` and so on. */
  readonly status: string;
  readonly dateCreated: string;
  /** The first password of root; secret; empty when the server was imported. */
  readonly defaultPassword: string;
}

export interface VultrInstanceOutputs extends VultrInstanceInputs, VultrServerFacts {
  /** `running` or `stopped`. */
  readonly powerStatus: string;
}

export interface VultrBareMetalOutputs extends VultrBareMetalInputs, VultrServerFacts {}

/** Which of the two kinds of server an id names. */
export type VultrServerKind = "instance" | "bareMetal";

/** Overwrites the user data of servers with a stub when their first contact is over, so that no key is in their metadata any more. */
export interface VultrFirstContactDoneInputs {
  /** The ids of the virtual machines whose first contact is over. */
  readonly instanceIds: readonly string[];
  /** The same of the bare-metal servers. */
  readonly bareMetalIds: readonly string[];
}

export type VultrFirstContactDoneOutputs = VultrFirstContactDoneInputs;

/** The tag of a server whose creation is not complete; a later run takes it up by this. */
export function unfinishedTag(identity: string): string {
  return `anycast-unfinished-${identity}`;
}

/** The tag of a complete server. */
export function identityTag(identity: string): string {
  return `anycast-${identity}`;
}

/** The identity in one of the tags of a server, and whether its creation is complete; `undefined` if it is none of ours. */
export function identityOf(tags: readonly string[]): { identity: string; finished: boolean } | undefined {
  for (const tag of tags) {
    const match = /^anycast-(unfinished-)?([0-9a-f]{16,64})$/.exec(tag);
    if (match?.[2] !== undefined) return { identity: match[2], finished: match[1] === undefined };
  }
  return undefined;
}
