import * as pulumi from "@pulumi/pulumi";
import { AnycastNetwork } from "pulumi-anycast";
import { orderedHost } from "./ordered-host.ts";

const config = new pulumi.Config("anycast");

// Whose BGP it is: the provider's speakers, the same at every host of it.
const neighbors = [
  { address: "169.254.1.1", asn: 64510, multihop: 2 },
  { address: "fd00::1", asn: 64510, multihop: 2 },
];

const network = new AnycastNetwork("anycast", {
  network: {
    asn: 64500, // your own
    prefixes: ["203.0.113.0/24", "2001:db8:53::/48"], // your own
    services: {
      dns: {
        kind: "dns",
        addresses: ["203.0.113.53", "2001:db8:53::53"],
        zones: { "example.net": "example.net.zone" },
      },
    },
    sites: {
      lis: { host: { provider: "custom", neighbors, location: { latitude: 38.72, longitude: -9.14 } } },
      waw: { host: { provider: "custom", neighbors, location: { latitude: 52.23, longitude: 21.01 } } },
    },
  },
  hosts: { lis: orderedHost("lisbon"), waw: orderedHost("warsaw") },
  sshPrivateKey: config.getSecret("sshPrivateKey"),
});

/** What is announced where, by what. */
export const inventory = network.inventory;
