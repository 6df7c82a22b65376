import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { AnycastSite, introduceSites, NetworkContext } from "pulumi-anycast";

const config = new pulumi.Config("anycast");

// The whole network's description: what the sites share follows from it. This program declares the sites itself, in its own order.
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
    sites: { ams: { host: { provider: "vultr", region: "ams" } } },
  },
  sshPrivateKey: config.getSecret("sshPrivateKey"),
  bgpPasswords: config.getSecretObject<Record<string, string>>("bgpPasswords"),
});

const ams = new AnycastSite("edge-ams", { context, site: "ams" });
introduceSites(new Map([["ams", ams]]), context.heartbeatKeys);

// The rest of the program uses what the site tells, and waits until it is as the plan wants it.
new command.local.Command(
  "monitoring",
  { create: "cat > monitoring.json", stdin: ams.inventory.apply((site) => JSON.stringify(site)) },
  { dependsOn: ams.applied },
);

/** The host's own addresses. */
export const addresses = ams.addresses;
