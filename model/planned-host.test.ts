import { expect, test } from "vitest";
import { plannedHost } from "./planned-host.ts";
import { planNetwork } from "./plan-network.ts";
import type { NetworkInput } from "./schema.ts";

const NETWORK: NetworkInput = {
  asn: 64500,
  prefixes: ["203.0.113.0/24"],
  services: { dns: { kind: "dns", addresses: ["203.0.113.53"], zones: { "example.net": "z" } } },
  sites: {
    ams: { host: { provider: "vultr", region: "ams", os: "Debian 13 x64 (trixie)" } },
    ber: {
      host: {
        provider: "existing",
        address: "198.51.100.7",
        hostKey: "ssh-ed25519 AAAA",
        ipv6: "2001:db8:7::7",
        neighbors: [{ address: "198.51.100.1", asn: 64510, password: true }],
        location: { latitude: 52.52, longitude: 13.41 },
      },
    },
    fra: { host: { provider: "lab", region: "fra" } },
  },
  management: { from: ["192.0.2.128/25"] },
};

function planned(name: string) {
  const plan = planNetwork(NETWORK, { rehearsal: true });
  return plannedHost(
    plan.config,
    plan.sites.find((site) => site.name === name)!,
  );
}

test("addresses stand for those that a cloud has yet to give", () => {
  const { facts, versions } = planned("ams");
  expect(facts).toMatchObject({
    ipv4: "192.0.2.1",
    ipv6: "2001:db8::1",
    neighbors: [{ address: "169.254.169.254", source: "192.0.2.1", password: true }],
    managementFrom: ["192.0.2.128/25"],
  });
  expect(versions.bird).toBe("2.17.6");
});

test("a host that is there is known but for its versions", () => {
  const { facts, versions } = planned("ber");
  expect(facts).toMatchObject({
    ipv4: "198.51.100.7",
    ipv6: "2001:db8:7::7",
    neighbors: [{ family: 4, address: "198.51.100.1", asn: 64510, source: "198.51.100.7", password: true }],
  });
  expect(versions.bird).toBe("2.0.12");
});

test("a host of the lab is managed from the lab's network", () => {
  expect(planned("fra").facts.managementFrom).toEqual(["198.18.0.0/15"]);
});
