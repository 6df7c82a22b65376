import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { AnycastSite, introduceSites, NetworkContext, type SiteElsewhere } from "pulumi-anycast";
import type { SiteInventory } from "pulumi-anycast/model";
import { nginx } from "./nginx.ts";

const config = new pulumi.Config("anycast");
// What is this program's own, in a namespace of its own.
const ownConfig = new pulumi.Config("edge");

// The description of the whole network, the same in every stack: a site is judged as a part of it.
const context = new NetworkContext("edge", {
  network: {
    asn: 64500, // your own
    prefixes: ["203.0.113.0/24"], // your own
    services: {
      web: {
        kind: "external", // installed by the program; checked and announced here
        addresses: ["203.0.113.80"],
        ports: ["tcp/80", "tcp/443"],
        unit: "nginx.service",
        checks: [{ kind: "http", path: "/" }],
      },
    },
    sites: {
      ams: { host: { provider: "vultr", region: "ams" } },
      ewr: { host: { provider: "vultr", region: "ewr" } },
    },
  },
  prepare: nginx,
  sshPrivateKey: config.getSecret("sshPrivateKey"),
  bgpPasswords: config.getSecretObject<Record<string, string>>("bgpPasswords"),
});

// This stack makes one of its sites.
const name = ownConfig.require("site");
const site = new AnycastSite(`edge-${name}`, { context, site: name });

// The others are made by stacks of their own: the sites exchange heartbeats all the same.
const others = ownConfig.getObject<Record<string, string>>("others") ?? {};
const references = Object.entries(others).map(([other, stack]) => [other, new pulumi.StackReference(stack)] as const);
const elsewhere = references.map(([other, stack]): [string, SiteElsewhere] => {
  return [other, { addresses: stack.requireOutput("addresses") as pulumi.Output<string[]> }];
});
introduceSites(new Map([[name, site], ...elsewhere]), context.heartbeatKeys);

// The rest of the program uses what the site tells, and waits until it is as the plan wants it.
const monitoring = new command.local.Command(
  "monitoring",
  { create: "cat > monitoring.json", stdin: site.inventory.apply((known) => JSON.stringify(known)) },
  { dependsOn: site.applied },
);

/** Which command told the monitoring. */
export const told = monitoring.id;

/** For the stacks of the other sites: the host's own addresses, and what the site is. */
export const addresses = site.addresses;
export const own = site.inventory;

/** What is announced where, by what, of all sites that this stack knows: for the `anycast` command. */
export const inventory = pulumi
  .all([site.inventory, ...references.map(([, stack]) => stack.requireOutput("own") as pulumi.Output<SiteInventory>)])
  .apply((sites) => context.inventory(sites));
