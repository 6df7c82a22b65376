import * as pulumi from "@pulumi/pulumi";
import { AnycastNetwork } from "pulumi-anycast";

const config = new pulumi.Config("anycast");

// Two companies, three kinds of hosts: what one of them breaks, the others carry.
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
      ams: { host: { provider: "vultr", region: "ams" } },
      fra: { host: { provider: "vultrBareMetal", region: "fra" } },
      ber: {
        prepend: 1, // takes less traffic
        host: {
          provider: "existing",
          address: "198.51.100.7", // yours
          hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPlaceholderPlaceholderPlaceholderPlaceholder00",
          ipv6: "2001:db8:7::7",
          neighbors: [
            { address: "198.51.100.1", asn: 64510 },
            { address: "2001:db8:7::1", asn: 64510 },
          ],
          location: { latitude: 52.52, longitude: 13.41 },
        },
      },
    },
    // One site of each kind before the others of it.
    rollout: { waves: [["ber"], ["ams"], ["fra"]] },
  },
  sshPrivateKey: config.getSecret("sshPrivateKey"),
  bgpPasswords: config.getSecretObject<Record<string, string>>("bgpPasswords"),
});

/** What is announced where, by what. */
export const inventory = network.inventory;
