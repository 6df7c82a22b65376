import * as pulumi from "@pulumi/pulumi";
import type { NetworkPlan } from "../../../model/plan.ts";
import { firewallNames, isBehindCanary } from "../../../model/vultr/firewall.ts";
import type { VultrServerKind } from "../../../model/vultr/resources.ts";
import { keyName, sharedName } from "../../../model/vultr/tags.ts";
import { VultrCatalog } from "./catalog.ts";
import { VultrFirewall } from "./firewall.ts";
import { FirstContactDone, SshKey } from "./resources.ts";

/** What the hosts of a network at Vultr share. */
export class VultrAccount {
  readonly catalog = new VultrCatalog();
  private readonly name: string;
  private readonly plan: NetworkPlan;
  private readonly authorizedKeys: readonly pulumi.Output<string>[];
  private readonly opts: pulumi.CustomResourceOptions;
  private keyIds: pulumi.Output<string>[] | undefined;
  private readonly firewalls = new Map<string, VultrFirewall>();
  private readonly contacted: Record<VultrServerKind, pulumi.Output<string>[]> = { instance: [], bareMetal: [] };
  private firstContactDone: FirstContactDone | undefined;

  constructor(
    name: string,
    args: { readonly plan: NetworkPlan; readonly authorizedKeys: readonly pulumi.Output<string>[] },
    opts: pulumi.CustomResourceOptions,
  ) {
    this.name = name;
    this.plan = args.plan;
    this.authorizedKeys = args.authorizedKeys;
    this.opts = opts;
  }

  /** The keys that a new server lets in; made with the first server. */
  get sshKeyIds(): pulumi.Output<string>[] {
    this.keyIds ??= this.authorizedKeys.map(
      (sshKey, index) =>
        new SshKey(
          `${this.name}-vultr-key-${index}`,
          { name: keyName(this.shared, index), sshKey: sshKey.apply((key) => key.trim()) },
          this.opts,
        ).id,
    );
    return this.keyIds;
  }

  /** The firewall of a site's virtual machine; bare metal has none. Made with the first that is behind it. */
  firewallOf(site: string): VultrFirewall {
    const names = firewallNames(this.name, isBehindCanary(this.plan, site));
    const there = this.firewalls.get(names.group);
    if (there !== undefined) return there;
    const made = new VultrFirewall(names, this.shared, this.plan.config, this.opts);
    this.firewalls.set(names.group, made);
    return made;
  }

  /**
   * Notes a server that has a first contact.
   *
   * @param id known when the first contact is over
   */
  contact(kind: VultrServerKind, id: pulumi.Output<string>): void {
    this.contacted[kind].push(id);
  }

  /** Has the user data of all servers overwritten, which holds the private host keys; by one resource, declared once. */
  endFirstContacts(): void {
    const { instance: instanceIds, bareMetal: bareMetalIds } = this.contacted;
    this.firstContactDone ??= new FirstContactDone(
      `${this.name}-vultr-first-contact`,
      { instanceIds, bareMetalIds },
      this.opts,
    );
  }

  private get shared(): string {
    return sharedName(pulumi.getProject(), pulumi.getStack(), this.name);
  }
}
