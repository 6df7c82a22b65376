import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, test } from "vitest";
import { AnycastNetwork } from "../../components/anycast-network.ts";
import { AnycastSite, introduceSites, NetworkContext } from "../../components/index.ts";
import { TEST_ACCOUNT } from "../../lab/clouds/vultr/cloud.ts";
import { manifestSchema } from "../../model/manifest.ts";
import type { NetworkInput } from "../../model/schema.ts";
import { VULTR_TYPES } from "../../model/vultr/resources.ts";
import { sshKey } from "../ssh-key.ts";
import { simulatedVultr } from "./simulated-vultr.ts";

simulatedVultr(async () => ({ ...TEST_ACCOUNT, asn: 396982 }));

interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

const HOST_KEY =
  "-----BEGIN OPENSSH PRIVATE KEY-----\nPRIVATEHOSTKEY\n-----END OPENSSH PRIVATE KEY-----\nssh-ed25519 AAAAHOSTKEY \n";
const VERSIONS = { debian: "12.5", bird: "2.0.12", knot: null, node: "18.20.4" };

let registered: Registered[];
/** `start x` and `end x` of every resource, in the order of happening. */
let events: string[];

beforeEach(() => {
  [registered, events] = [[], []];
});

function outputsOf({ type, name, inputs }: Registered): Record<string, unknown> {
  if (type === VULTR_TYPES.instance || type === VULTR_TYPES.bareMetalServer)
    return { mainIp: "192.0.2.10", v6MainIp: "2001:db8:1::10" };
  if (type === "command:local:Command") return { stdout: HOST_KEY };
  if (name.endsWith("-install")) return { stdout: JSON.stringify(VERSIONS) };
  if (name.endsWith("-secrets")) return { stdout: "00000000-0000-4000-8000-000000000000" };
  if (!name.endsWith("-apply")) return { stdout: "" };
  const { site } = manifestSchema.parse(JSON.parse(String(inputs["stdin"])));
  const result = { site, digest: "d".repeat(64), changed: [], prefixes: {}, warnings: [] };
  return { stdout: JSON.stringify({ ...result, versions: { ...VERSIONS, agent: "0" } }) };
}

const mocks: pulumi.runtime.Mocks = {
  call: () => ({ outputs: {} }),
  newResource: async (resource) => {
    registered.push(resource);
    events.push(`start ${resource.name}`);
    // Whatever does not wait for this resource overtakes it here.
    await new Promise((wake) => setTimeout(wake, 5));
    events.push(`end ${resource.name}`);
    return { id: `id-of-${resource.name}`, state: { ...resource.inputs, ...outputsOf(resource) } };
  },
};

const vultr = { host: { provider: "vultr", region: "ams" } } as const;

function network(overrides: Partial<NetworkInput> = {}): NetworkInput {
  return {
    asn: 396982,
    prefixes: ["192.5.5.0/24"],
    services: {
      web: { kind: "external", addresses: ["192.5.5.1"], ports: ["tcp/443"], checks: [{ kind: "tcp", port: 443 }] },
    },
    sites: { ams: vultr, ewr: vultr, sgp: vultr, tyo: { host: { provider: "vultrBareMetal", region: "nrt" } } },
    rollout: { waves: [["ams", "tyo"], ["ewr"], ["sgp"]] },
    ...overrides,
  };
}

const SECRETS = { sshPrivateKey: sshKey().private, bgpPasswords: { vultr: "s3cretBgpPasswrd" } };

async function deploy(input: NetworkInput): Promise<void> {
  await pulumi.runtime.setMocks(mocks, "anycast", "test", false, "organization");
  void new AnycastNetwork("anycast", { network: input, ...SECRETS });
  await pulumi.runtime.disconnect();
}

/** The events of these resources, in their order. */
function order(...wanted: readonly string[]): string[] {
  return events.filter((event) => wanted.includes(event)).map((event) => event.replace("anycast-", ""));
}

function groupOf(site: string): unknown {
  return registered.find(({ name }) => name === `anycast-${site}-host`)?.inputs["firewallGroupId"];
}

/** For what the canary is tried again, beside its own identity. */
async function triggers(input: NetworkInput): Promise<unknown> {
  registered = [];
  await deploy(input);
  return registered.find(({ name }) => name === "anycast-ams-reach")?.inputs["triggers"];
}

describe("two groups, which go with the waves", () => {
  test("the first wave is behind one of its own, and bare metal behind none", async () => {
    await deploy(network());
    expect(["ams", "ewr", "sgp", "tyo"].map(groupOf)).toEqual([
      "id-of-anycast-vultr-canary",
      "id-of-anycast-vultr",
      "id-of-anycast-vultr",
      undefined,
    ]);
    const described = registered.filter(({ type }) => type === VULTR_TYPES.firewallGroup);
    expect(Object.fromEntries(described.map(({ name, inputs }) => [name, inputs["description"]]))).toEqual({
      "anycast-vultr-canary": "pulumi-anycast anycast.test anycast canary",
      "anycast-vultr": "pulumi-anycast anycast.test anycast",
    });
  });

  test("a group opens before its servers are made, and closes when its sites are as the plan wants them", async () => {
    await deploy(network());
    for (const [group, site, last] of [
      ["vultr-canary", "ams", "ams"],
      ["vultr", "ewr", "sgp"],
    ] as const) {
      const steps = [
        `end anycast-${group}-openings`,
        `start anycast-${site}-host`,
        `end anycast-${last}-apply`,
        `start anycast-${group}-rules`,
      ];
      expect(order(...steps)).toEqual(steps.map((step) => step.replace("anycast-", "")));
    }
  });

  test("what only opens waits for no gate; what the others close waits until SSH has reached the canary behind its own", async () => {
    await deploy(network());
    const steps = [
      "end anycast-vultr-openings",
      "end anycast-ams-apply",
      "end anycast-vultr-canary-rules",
      "start anycast-ams-reach",
      "end anycast-ams-reach",
      "start anycast-gate-1",
      "start anycast-ewr-apply",
      "start anycast-vultr-rules",
    ];
    expect(order(...steps)).toEqual(steps.map((step) => step.replace("anycast-", "")));
    expect(registered.filter(({ name }) => name.endsWith("-reach")).map(({ name }) => name)).toEqual([
      "anycast-ams-reach",
    ]);
  });

  test("other rules are what SSH is tried again for", async () => {
    const before = await triggers(network());
    expect(await triggers(network({ floor: 1 }))).toEqual(before);
    expect(await triggers(network({ management: { from: ["198.51.100.0/24"] } }))).not.toEqual(before);
  });
});

test("with one wave there is one group", async () => {
  await deploy(network({ rollout: { waves: ["100%"] } }));
  expect(registered.filter(({ type }) => type === VULTR_TYPES.firewallGroup).map(({ name }) => name)).toEqual([
    "anycast-vultr",
  ]);
  expect(order("end anycast-sgp-apply", "start anycast-vultr-rules")).toEqual(["end sgp-apply", "start vultr-rules"]);
});

test("sites that a program declares one by one close their group when they are introduced", async () => {
  await pulumi.runtime.setMocks(mocks, "anycast", "test", false, "organization");
  const context = new NetworkContext("anycast", { network: network(), ...SECRETS });
  const [ewr, sgp] = ["ewr", "sgp"].map((site) => new AnycastSite(`anycast-${site}`, { context, site }));
  if (ewr === undefined || sgp === undefined) throw new Error("no sites");
  introduceSites(new Map([["ewr", ewr], ["sgp", sgp]]), undefined); // prettier-ignore
  await pulumi.runtime.disconnect();
  expect(order("end anycast-ewr-apply", "end anycast-sgp-apply", "start anycast-vultr-rules").at(-1)).toBe(
    "start vultr-rules",
  );
});
