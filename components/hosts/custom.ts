import * as pulumi from "@pulumi/pulumi";
import { ConfigError, type Problem } from "../../model/config-error.ts";
import { madeHost } from "../../model/custom-host.ts";
import { needsPassword, type NetworkPlan } from "../../model/plan.ts";
import { checkNames } from "../check-registries.ts";
import { made } from "../made.ts";
import { connect } from "./connect.ts";
import { existingFacts } from "./existing.ts";
import type { Host, HostArgs } from "./host.ts";

/** The sites whose host nobody would make, and the adapters that are for no site. */
export function adapterProblems({ sites }: NetworkPlan, given: readonly string[]): Problem[] {
  const wanted = sites.filter(({ host }) => host.provider === "custom").map(({ name }) => name);
  return [
    ...wanted
      .filter((name) => !given.includes(name))
      .map((name) => ({
        path: ["sites", name, "host"],
        message: `has the provider 'custom', and the program gives no adapter for it: hosts: { ${name}: … } (docs/library.md)`,
      })),
    ...given
      .filter((name) => !wanted.includes(name))
      .map((name) => ({
        path: ["sites", name, "host"],
        message: sites.some((site) => site.name === name)
          ? "has an adapter in `hosts`, and not the provider 'custom'"
          : `is in \`hosts\` of the program, and no site of the network (${sites.map((site) => site.name).join(", ")})`,
      })),
  ];
}

/** A host that the program's own adapter makes. */
export function customHost(name: string, args: HostArgs, opts: pulumi.CustomResourceOptions): Host {
  const { network, site, sshPrivateKey, adapter } = args;
  if (adapter === undefined) throw new Error(`site '${site.name}' has no adapter`);
  const { resource, user = "root", bgpPassword, ...told } = adapter(name, args, opts);
  const { address, port, hostKey, ipv4, ipv6, neighbors } = told;
  const found = pulumi
    .all([made(pulumi.output(address)), port, made(pulumi.output(hostKey)), ipv4, ipv6, neighbors])
    .apply(async (values) => {
      const [at, sshPort, key, own4, own6, speakers] = values;
      try {
        const host = madeHost(network, site.name, {
          address: at,
          port: sshPort,
          user,
          hostKey: key,
          ipv4: own4,
          ipv6: own6,
          neighbors: speakers,
        });
        await checkNames({ ...network, sites: { [site.name]: { ...site, host } } });
        return host;
      } catch (error) {
        if (error instanceof ConfigError) throw new pulumi.RunError(error.message);
        throw error;
      }
    });
  const management = found.apply((host) => ({ address: host.address, port: host.port, user, hostKey: host.hostKey }));
  return {
    resource,
    management,
    user,
    connection: connect(management, sshPrivateKey),
    facts: found.apply((host) => {
      const facts = existingFacts(args, host);
      if (bgpPassword === undefined && !needsPassword(site) && facts.neighbors.some(({ password }) => password))
        throw new pulumi.RunError(
          `Site '${site.name}' has BGP sessions with a password, and its adapter tells none: return bgpPassword with the neighbors`,
        );
      return facts;
    }),
    bgpPassword: bgpPassword === undefined ? undefined : pulumi.secret(bgpPassword),
  };
}
