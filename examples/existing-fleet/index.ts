import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { AnycastNetwork } from "pulumi-anycast";
import type { NetworkInput } from "pulumi-anycast/model";

const config = new pulumi.Config("anycast");

/** One host of the list that the company keeps of them anyway. */
interface Machine {
  /** Where SSH reaches it. */
  address: string;
  hostKey: string;
  /** Its own, with which it speaks BGP. */
  ipv4: string;
  /** The rack's router, which speaks BGP to the host. */
  router: string;
  latitude: number;
  longitude: number;
}

const fleet = JSON.parse(readFileSync("fleet.json", "utf8")) as Record<string, Machine>;

// Nothing of these hosts is made or destroyed: what is put on them is taken off when a site goes.
const sites: NetworkInput["sites"] = Object.fromEntries(
  Object.entries(fleet).map(([name, { address, hostKey, ipv4, router, latitude, longitude }]) => [
    name,
    {
      host: {
        provider: "existing",
        address,
        hostKey,
        ipv4,
        neighbors: [{ address: router, asn: 64510 }],
        location: { latitude, longitude },
      },
    },
  ]),
);

const network = new AnycastNetwork("anycast", {
  network: {
    asn: 64500, // your own
    prefixes: ["203.0.113.0/24"], // your own
    services: {
      dns: { kind: "dns", addresses: ["203.0.113.53"], zones: { "example.net": "example.net.zone" } },
    },
    sites,
    // One machine is the canary, then half of them, then all: each wave waits until the one before it announces.
    rollout: { waves: [["par1"], "50%", "100%"] },
  },
  sshPrivateKey: config.getSecret("sshPrivateKey"),
});

/** What is announced where, by what. */
export const inventory = network.inventory;
