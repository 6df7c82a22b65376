import { expect, test } from "vitest";
import { madeHost, type MadeHost } from "./custom-host.ts";
import { planNetwork } from "./plan-network.ts";

const { config } = planNetwork({
  asn: 396982,
  prefixes: ["192.5.5.0/24", "2001:500:2f::/48"],
  services: {
    web: {
      kind: "external",
      addresses: ["192.5.5.1", "2001:500:2f::1"],
      ports: ["tcp/443"],
      checks: [{ kind: "tcp", port: 443 }],
    },
  },
  sites: Object.fromEntries(
    ["ams", "sea"].map((name) => [
      name,
      {
        host: {
          provider: "custom",
          neighbors: [
            { address: "192.0.2.1", asn: 64510 },
            { address: "2001:db8::1", asn: 64510 },
          ],
          location: { latitude: 1, longitude: 1 },
        },
      },
    ]),
  ),
});

const MADE: MadeHost = {
  address: "192.0.2.7",
  port: undefined,
  user: undefined,
  hostKey: "ssh-ed25519 AAAA",
  ipv4: undefined,
  ipv6: "2001:DB8::7",
  neighbors: undefined,
};

test("what the adapter tells is filled in and canonical, as if it stood in the configuration", () => {
  expect(madeHost(config, "ams", MADE)).toMatchObject({
    address: "192.0.2.7",
    port: 22,
    user: "root",
    ipv6: "2001:db8::7",
  });
});

test.each<[Partial<MadeHost>, string]>([
  [
    { address: "192.5.5.9" },
    "192.5.5.9 is inside an announced prefix: the way to manage a host must not depend on it (safety 13)",
  ],
  [{ ipv6: undefined }, "anycast:network.sites.ams.host.ipv6: is missing: the host's own IPv6 address"],
  [{ hostKey: "AAAA" }, "anycast:network.sites.ams.host.hostKey: must be a public host key"],
  [{ neighbors: [] }, "anycast:network.sites.ams.host.neighbors: is empty"],
  [{ neighbors: [{ address: "192.0.2.1", asn: 64510 }] }, "host.neighbors: none speaks IPv6"],
])("%j is refused with the site and the reason", (told, message) => {
  expect(() => madeHost(config, "ams", { ...MADE, ...told })).toThrow(message);
});
