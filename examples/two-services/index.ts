import * as pulumi from "@pulumi/pulumi";
import { AnycastNetwork } from "pulumi-anycast";
import { nginx } from "./nginx.ts";

const config = new pulumi.Config("anycast");

// A prefix is announced at a site while the services with an address in it are healthy there: one for each service, so that
// a broken web server does not take the DNS off the Internet.
const network = new AnycastNetwork("anycast", {
  network: {
    asn: 64500, // your own
    prefixes: ["203.0.113.0/24", "198.51.100.0/24"], // your own
    services: {
      dns: {
        kind: "dns",
        addresses: ["203.0.113.53"],
        zones: { "example.net": "example.net.zone" },
        check: { every: "200 ms", timeout: "150 ms", fall: 2, rise: 5 },
      },
      web: {
        kind: "external",
        addresses: ["198.51.100.80"],
        ports: ["tcp/80", "tcp/443"],
        unit: "nginx.service",
        checks: [{ kind: "http", path: "/health", every: "1 s" }],
      },
    },
    sites: {
      ams: { host: { provider: "vultr", region: "ams" } },
      ewr: { host: { provider: "vultr", region: "ewr" } },
      sgp: { host: { provider: "vultr", region: "sgp" } },
    },
  },
  prepare: nginx,
  sshPrivateKey: config.getSecret("sshPrivateKey"),
  bgpPasswords: config.getSecretObject<Record<string, string>>("bgpPasswords"),
});

/** What is announced where, by what. */
export const inventory = network.inventory;
