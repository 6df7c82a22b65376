import * as pulumi from "@pulumi/pulumi";
import {
  VULTR_TYPES,
  type VultrBareMetalInputs,
  type VultrFirewallGroupInputs,
  type VultrFirewallOpeningsInputs,
  type VultrFirewallRulesInputs,
  type VultrFirstContactDoneInputs,
  type VultrInstanceInputs,
  type VultrServerInputs,
  type VultrSshKeyInputs,
  type VultrType,
} from "../../../model/vultr/resources.ts";

/** The inputs of a resource as a program gives them. */
type Args<Inputs> = { readonly [Name in keyof Inputs]: InputOf<Inputs[Name]> };

type InputOf<Value> = pulumi.Input<Value extends readonly (infer Item)[] ? readonly pulumi.Input<Item>[] : Value>;

/** An SSH key of the account. */
export class SshKey extends pulumi.CustomResource {
  constructor(name: string, args: Args<VultrSshKeyInputs>, opts?: pulumi.CustomResourceOptions) {
    super(VULTR_TYPES.sshKey, name, { ...args }, opts);
  }
}

/** A firewall group, without its rules. */
export class FirewallGroup extends pulumi.CustomResource {
  constructor(name: string, args: Args<VultrFirewallGroupInputs>, opts?: pulumi.CustomResourceOptions) {
    super(VULTR_TYPES.firewallGroup, name, { ...args }, opts);
  }
}

/** What a firewall group opens at least; it closes nothing. */
export class FirewallOpenings extends pulumi.CustomResource {
  constructor(name: string, args: Args<VultrFirewallOpeningsInputs>, opts?: pulumi.CustomResourceOptions) {
    super(VULTR_TYPES.firewallOpenings, name, { ...args }, opts);
  }
}

/** All rules of a firewall group. */
export class FirewallRules extends pulumi.CustomResource {
  constructor(name: string, args: Args<VultrFirewallRulesInputs>, opts?: pulumi.CustomResourceOptions) {
    super(VULTR_TYPES.firewallRules, name, { ...args }, opts);
  }
}

/** What a virtual machine and a physical one have in common. */
abstract class Server extends pulumi.CustomResource {
  declare readonly mainIp: pulumi.Output<string>;
  /** Empty without IPv6. */
  declare readonly v6MainIp: pulumi.Output<string>;

  constructor(type: VultrType, name: string, args: Args<VultrServerInputs>, opts: pulumi.CustomResourceOptions) {
    const outputs = { mainIp: undefined, v6MainIp: undefined };
    super(type, name, { ...args, ...outputs }, pulumi.mergeOptions(opts, { additionalSecretOutputs: SECRETS }));
  }
}

/** Secret in the state, whatever the plugin says of them. */
const SECRETS = ["userData", "defaultPassword"];

/** A virtual machine. */
export class Instance extends Server {
  constructor(name: string, args: Args<VultrInstanceInputs>, opts: pulumi.CustomResourceOptions = {}) {
    super(VULTR_TYPES.instance, name, args, opts);
  }
}

/** A physical machine. */
export class BareMetalServer extends Server {
  constructor(name: string, args: Args<VultrBareMetalInputs>, opts: pulumi.CustomResourceOptions = {}) {
    super(VULTR_TYPES.bareMetalServer, name, args, opts);
  }
}

/** Overwrites the user data of servers with a stub, once each. */
export class FirstContactDone extends pulumi.CustomResource {
  constructor(name: string, args: Args<VultrFirstContactDoneInputs>, opts?: pulumi.CustomResourceOptions) {
    super(VULTR_TYPES.firstContactDone, name, { ...args }, opts);
  }
}
