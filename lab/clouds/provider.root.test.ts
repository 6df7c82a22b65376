import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { secret, type WireObject } from "../../tools/plugins/command/wire.ts";
import { labAt, type Lab } from "../folder.ts";
import { failCloud, healClouds, type CloudFaultKind } from "./faults.ts";
import { CloudProvider } from "./provider.ts";
import { cloudObjects, cloudPaths } from "./store.ts";
import { vultr } from "./vultr.ts";

const INSTANCE =
  "urn:pulumi:staging::anycast::anycast:index:AnycastSite$vultr:index/instance:Instance::anycast-fra-host";
const GROUP = "urn:pulumi:staging::anycast::vultr:index/firewallGroup:FirewallGroup::anycast-vultr";
const RULE = "urn:pulumi:staging::anycast::vultr:index/firewallRule:FirewallRule::anycast-vultr-ssh";
const INPUTS = { region: "fra", plan: "vc2-1c-2gb", osId: 2136, hostname: "fra", userData: secret("#cloud-config") };

let lab: Lab;
let provider: CloudProvider;

beforeEach(async () => {
  lab = labAt(await mkdtemp(join(tmpdir(), "anycast-clouds-")));
  await mkdir(cloudPaths(lab).folder);
  provider = new CloudProvider(lab, vultr);
});

afterEach(async () => {
  await rm(lab.folder, { recursive: true });
});

test.each<[CloudFaultKind, string, RegExp]>([
  ["quota", "fra", /^error creating server: .*maximum number of active servers.*"status":400/],
  ["out-of-stock", "fra", /^error creating server: .*plan is not available in the selected region/],
  ["rate-limit", "all", /^error creating server: gave up after 4 attempts, last error : .*"status":429/],
  ["unauthorized", "all", /^error creating server: .*Invalid API token.*"status":401/],
  ["unavailable", "all", /^error creating server: .*"status":503/],
])("with %s at %s, nothing is made, and the error says why", async (kind, where, message) => {
  await failCloud(lab, { kind, where });
  await expect(provider.create(INSTANCE, INPUTS)).rejects.toThrow(message);
  expect(await cloudObjects(lab)).toEqual([]);
});

test("a fault hits its place alone", async () => {
  await failCloud(lab, { kind: "unauthorized", where: "nyc" });
  const { id } = await provider.create(GROUP, { description: "a" });
  expect(await cloudObjects(lab)).toMatchObject([{ id, inputs: { description: "a" } }]);
  await failCloud(lab, { kind: "unauthorized", where: "all" });
  await expect(provider.read(id, GROUP, {})).rejects.toThrow("401");
  await healClouds(lab, "all");
  expect(await provider.read(id, GROUP, {})).toMatchObject({ id, props: { description: "a" } });
});

test.each([
  [{ ...INPUTS, region: "muc" }, "Invalid region chosen."],
  [{ ...INPUTS, plan: "vc2-1c-3gb" }, "Invalid plan chosen."],
  [{ ...INPUTS, osId: 1 }, "Invalid OS chosen."],
  [{ ...INPUTS, userData: secret("x".repeat(50_000)) }, "User data is too long."],
])("what the cloud does not sell, it refuses: %#", async (inputs: WireObject, message) => {
  await expect(provider.create(INSTANCE, inputs)).rejects.toThrow(message);
});

test("inputs that the SDK does not know fail the check; unknown ones pass it", async () => {
  const later = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  expect(await provider.check(INSTANCE, {}, { ...INPUTS, osId: later })).toMatchObject({ failures: [] });
  expect((await provider.check(INSTANCE, {}, { ...INPUTS, osId: "2136", colour: "red" })).failures).toEqual([
    { property: "osId", reason: "has to be a number" },
    { property: "colour", reason: "is not known to the provider" },
  ]);
});

test("another region replaces a server, another plan does not, nor does what the cloud filled in", async () => {
  const state = { ...INPUTS, mainIp: "198.18.0.16", ram: 2048 };
  expect(await provider.diff("id", INSTANCE, state, INPUTS)).toEqual({ changes: false, replaces: [] });
  expect(await provider.diff("id", INSTANCE, state, { ...INPUTS, plan: "vc2-2c-4gb" })).toEqual({
    changes: true,
    replaces: [],
  });
  expect(await provider.diff("id", INSTANCE, state, { ...INPUTS, region: "ams" })).toMatchObject({
    replaces: ["region"],
  });
});

test("rules go with their group; what is gone cannot be deleted again, and a refresh finds it gone", async () => {
  const { id } = await provider.create(GROUP, { description: "a" });
  const rule = { firewallGroupId: id, ipType: "v4", protocol: "tcp", port: "22", subnet: "0.0.0.0", subnetSize: 0 };
  await provider.create(RULE, rule);
  await expect(provider.create(RULE, { ...rule, firewallGroupId: "other" })).rejects.toThrow("Invalid firewall group");
  await provider.delete(id, GROUP, {});
  expect(await cloudObjects(lab)).toEqual([]);
  await expect(provider.delete(id, GROUP, {})).rejects.toThrow("404");
  expect(await provider.read(id, GROUP, {})).toEqual({ id: "", props: {} });
});

test("asked for an operating system by its name, it tells the number; for none, that there is none", async () => {
  const ask = (name: string) =>
    provider.invoke("vultr:index/getOs:getOs", { filters: [{ name: "name", values: [name] }] });
  expect(await ask("Debian 12 x64 (bookworm)")).toMatchObject({ outputs: { id: "2136" } });
  await expect(ask("Debian 12")).rejects.toThrow("no results were found");
  expect(await provider.invoke("vultr:index/getOs:getOs", { filter: [] })).toMatchObject({
    failures: [{ property: "filter" }],
  });
});
