import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { AnycastSite, introduceSites, NetworkContext, type SiteElsewhere } from "pulumi-anycast";

const config = new pulumi.Config("anycast");

// The description of the whole network, the same in every stack: a site is judged as a part of it.
const context = new NetworkContext("edge", {
  network: {
    asn: 64500, // your own
    prefixes: ["203.0.113.0/24"], // your own
    services: {
      web: {
        kind: "external", // installed by other means; checked and announced here
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
  sshPrivateKey: config.getSecret("sshPrivateKey"),
  bgpPasswords: config.getSecretObject<Record<string, string>>("bgpPasswords"),
});

// This stack makes one of its sites.
const name = config.require("site");
const site = new AnycastSite(`edge-${name}`, { context, site: name });

// The others are made by stacks of their own: the sites exchange heartbeats all the same.
const others = config.getObject<Record<string, string>>("others") ?? {};
const elsewhere = Object.entries(others).map(([other, stack]): [string, SiteElsewhere] => {
  const addresses = new pulumi.StackReference(stack).requireOutput("addresses") as pulumi.Output<string[]>;
  return [other, { addresses }];
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

/** The host's own addresses. */
export const addresses = site.addresses;
