import { expect, test } from "vitest";
import { ConfigError } from "./config-error.ts";
import { planNetwork } from "./plan-network.ts";
import type { Policy } from "./policy.ts";
import type { NetworkInput } from "./schema.ts";

const NETWORK: NetworkInput = {
  asn: 64500,
  prefixes: ["203.0.113.0/24"],
  services: { dns: { kind: "dns", addresses: ["203.0.113.53"], zones: { "example.net": "z" } } },
  sites: {
    ams: { host: { provider: "vultr", region: "ams" }, communities: ["20473:64609"] },
    ewr: { host: { provider: "vultr", region: "ewr" }, communities: ["20473:64609"] },
    sgp: { host: { provider: "vultr", region: "sgp" }, state: "drained" },
  },
};

function problems(changes: Partial<NetworkInput>, policies: readonly Policy[] = []): string[] {
  try {
    planNetwork({ ...NETWORK, ...changes }, { rehearsal: true }, policies);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path.join(".")}: ${message}`);
  }
}

test("without a policy there is nothing to keep", () => {
  expect(problems({})).toEqual([]);
});

test.each([
  [{ regions: ["ams", "ewr"] }, ["sites.sgp.host.region: 'sgp' is against the policy: the regions are ams, ewr"]],
  [{ regions: ["ams", "ewr", "sgp"] }, []],
  [{ minimumSites: 2 }, []],
  [{ minimumSites: 3 }, ["sites: 203.0.113.0/24 is announced in full by 2, against the policy of at least 3"]],
  [
    { communities: ["20473:64609"] },
    ["sites.sgp.communities: lacks 20473:64609, which the policy asks for at every site"],
  ],
  [{ publicSsh: false }, ["management.from: is missing, against the policy: name the networks that SSH comes from"]],
] as [NonNullable<NetworkInput["policy"]>, string[]][])("%j", (policy, expected) => {
  expect(problems({ policy })).toEqual(expected);
});

test.each([
  [["192.0.2.0/24"], []],
  [
    ["192.0.2.0/24", "::/0"],
    ["management.from: names everywhere, against the policy: name the networks that SSH comes from"],
  ],
])("SSH from %j", (from, expected) => {
  expect(problems({ policy: { publicSsh: false }, management: { from } })).toEqual(expected);
});

const even: Policy = ({ sites }) =>
  sites.length % 2 === 0 ? [] : [{ path: ["sites"], message: "are to be an even number" }];

test("a rule of one's own is a function", () => {
  expect(problems({}, [even])).toEqual(["sites: are to be an even number"]);
});

test("an unknown rule is a mistake, not a rule that nobody breaks", () => {
  expect(problems({ policy: { region: ["ams"] } as object })).toEqual([
    expect.stringContaining("unknown key 'region'; did you mean 'regions'?"),
  ]);
});
