import * as pulumi from "@pulumi/pulumi";
import { AnycastNetwork } from "pulumi-anycast";
import type { NetworkInput } from "pulumi-anycast/model";

const config = new pulumi.Config("anycast");

const network = new AnycastNetwork("anycast", {
  network: {
    asn: 64500, // your own
    prefixes: ["203.0.113.0/24", "2001:db8:53::/48"], // your own, with a ROA for exactly each of them
    services: {
      dns: {
        kind: "dns",
        addresses: ["203.0.113.53", "2001:db8:53::53"],
        zones: { "example.net": "example.net.zone" },
      },
    },
    sites: config.requireObject<NetworkInput["sites"]>("sites"),
  },
  sshPrivateKey: config.getSecret("sshPrivateKey"),
  bgpPasswords: config.getSecretObject<Record<string, string>>("bgpPasswords"),
});

/** What is announced where, by what. */
export const inventory = network.inventory;
