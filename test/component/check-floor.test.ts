import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkFirst } from "../../components/check-first.ts";
import type { NetworkInput } from "../../model/schema.ts";

const V4 = "203.0.113.0/24";
const V6 = "2001:db8:53::/48";

/** The resources in the stack's state, or why it cannot be read. */
let state: Record<string, { type: string; outputs: unknown }> | Error;
let asked: pulumi.runtime.MockCallArgs[];
let messages: string[];
const { info, warn } = pulumi.log;

beforeEach(() => {
  state = {};
  asked = [];
  messages = [];
  const record = async (text: string): Promise<void> => void messages.push(text);
  Object.assign(pulumi.log, { info: record, warn: record });
});

afterEach(async () => {
  delete process.env["ANYCAST_BELOW_FLOOR"];
  Object.assign(pulumi.log, { info, warn });
  await pulumi.runtime.disconnect();
});

async function check(overrides: Partial<NetworkInput>, preview = true): Promise<void> {
  const mocks: pulumi.runtime.Mocks = {
    newResource: ({ name }) => ({ id: name, state: {} }),
    call: (args) => {
      asked.push(args);
      if (state instanceof Error) throw state;
      return { name: "x", outputs: state };
    },
  };
  await pulumi.runtime.setMocks(mocks, "anycast", "prod", preview, "acme");
  await checkFirst({
    asn: 64500,
    prefixes: [V4, V6],
    services: {
      web: {
        kind: "external",
        addresses: ["203.0.113.80", "2001:db8:53::80"],
        ports: ["tcp/80"],
        checks: [{ kind: "tcp", port: 80 }],
      },
    },
    sites: sites("ams", "nyc", "sin"),
    ...overrides,
  });
}

function sites(...names: readonly string[]): NetworkInput["sites"] {
  return Object.fromEntries(names.map((name) => [name, { host: { provider: "lab", region: "fra" } } as const]));
}

/** What the state has after these sites were deployed. */
function deployed(...names: readonly string[]): typeof state {
  const inventory = { state: "active", announces: { [V4]: "full", [V6]: "drained" }, more: 1 };
  return {
    "urn:stack": { type: "pulumi:pulumi:Stack", outputs: { inventory: { floor: 9 } } },
    "urn:network": { type: "anycast:index:AnycastNetwork", outputs: { inventory: { floor: 2, sites: {} } } },
    // One whose first run broke off has not told anything yet.
    "urn:broken": { type: "anycast:index:AnycastSite", outputs: {} },
    ...Object.fromEntries(
      names.map((name) => [
        `urn:${name}`,
        { type: "anycast:index:AnycastSite", outputs: { inventory: { name, ...inventory } } },
      ]),
    ),
  };
}

test("a preview says who announces each prefix before and after, by the state of its own stack", async () => {
  state = deployed("ams", "nyc", "sin");
  await check({ sites: sites("ams", "nyc"), floor: 2 });
  expect(messages.filter((text) => text.startsWith("Who"))).toEqual([
    `Who is meant to announce what, before → after (floor 2); announced now: not asked, see 'anycast status':\n  ${V4}: announced by ams, nyc, sin → ams, nyc (sin goes)\n  ${V6}: announced by ams, nyc, sin → ams, nyc (sin goes)`,
  ]);
  expect(asked).toMatchObject([
    { token: "pulumi:pulumi:readStackResourceOutputs", inputs: { stackName: "acme/anycast/prod" } },
  ]);
});

test("before the first run nobody announces, and an update repeats nothing", async () => {
  await check({});
  expect(messages.join()).toContain(`${V4}: announced by nobody → ams, nyc, sin`);
  messages = [];
  await check({}, false);
  expect(messages).toEqual([]);
});

test("what takes a prefix below its floor is refused, also without a preview, and done when this run names each prefix", async () => {
  state = deployed("ams", "nyc", "sin", "tyo");
  const cut = {
    sites: { ...sites("ams", "nyc"), sin: { ...sites("sin")["sin"]!, state: "drained" } },
    floor: 3,
  } as const;
  await expect(
    check(
      {
        prefixes: [V4],
        services: {
          web: {
            kind: "external",
            addresses: ["203.0.113.80"],
            ports: ["tcp/80"],
            checks: [{ kind: "tcp", port: 80 }],
          },
        },
      },
      false,
    ),
  ).rejects.toThrow(
    `This run is refused:\n  ${V6}: announced by ams, nyc, sin, tyo → nobody: it would be withdrawn everywhere`,
  );
  process.env["ANYCAST_BELOW_FLOOR"] = `${V4}, ${V6}`;
  await check(cut);
  expect(messages.join()).toContain("(sin drained, tyo goes)");
  process.env["ANYCAST_BELOW_FLOOR"] = `${V4},10.0.0.0/8`;
  await expect(check({})).rejects.toThrow(/203.0.113.0\/24 stays at its floor.*\n.*10.0.0.0\/8 is no prefix/);
});

test("a state that cannot be read ends the run, also without a preview", async () => {
  state = new Error("no such backend");
  for (const preview of [true, false])
    await expect(check({}, preview)).rejects.toThrow(
      /^This run is refused: what is deployed cannot be read from the stack's state.*Nothing was touched\./,
    );
  state = { "urn:ams": { type: "anycast:index:AnycastSite", outputs: { inventory: { name: "ams" } } } };
  await expect(check({})).rejects.toThrow(/the inventory of .* is of an unknown form/);
});
