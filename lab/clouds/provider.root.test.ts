import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { secret, type WireObject } from "../../tools/plugins/command/wire.ts";
import { labAt, type Lab } from "../folder.ts";
import { failCloud, healClouds, type CloudFaultKind } from "./faults.ts";
import { CloudProvider } from "./provider.ts";
import { cloudObjects, cloudPaths } from "./store.ts";
import { equinixMetal } from "./equinix-metal.ts";

const DEVICE =
  "urn:pulumi:staging::anycast::anycast:index:AnycastSite$equinix-metal:index/device:Device::anycast-fra-host";
const PROJECT = "urn:pulumi:staging::anycast::equinix-metal:index/project:Project::anycast-metal";
const KEY = "urn:pulumi:staging::anycast::equinix-metal:index/projectSshKey:ProjectSshKey::anycast-metal-key";
const SESSION = "urn:pulumi:staging::anycast::equinix-metal:index/bgpSession:BgpSession::anycast-fra-bgp4";
const INPUTS = {
  metro: "fr",
  plan: "c3.small.x86",
  operatingSystem: "debian_12",
  billingCycle: "hourly",
  projectId: "p",
  hostname: "fra",
  userData: secret("#cloud-config"),
};

let lab: Lab;
let provider: CloudProvider;

beforeEach(async () => {
  lab = labAt(await mkdtemp(join(tmpdir(), "anycast-clouds-")));
  await mkdir(cloudPaths(lab).folder);
  provider = new CloudProvider(lab, equinixMetal);
});

afterEach(async () => {
  await rm(lab.folder, { recursive: true });
});

test.each<[CloudFaultKind, string, RegExp]>([
  ["quota", "fra", /^error creating device: .*maximum number of active servers.*"status":400/],
  ["out-of-stock", "fra", /^error creating device: .*plan is not available in the selected region/],
  ["rate-limit", "all", /^error creating device: gave up after 4 attempts, last error : .*"status":429/],
  ["unauthorized", "all", /^error creating device: .*Invalid API token.*"status":401/],
  ["unavailable", "all", /^error creating device: .*"status":503/],
])("with %s at %s, nothing is made, and the error says why", async (kind, where, message) => {
  await failCloud(lab, { kind, where });
  await expect(provider.create(DEVICE, INPUTS)).rejects.toThrow(message);
  expect(await cloudObjects(lab)).toEqual([]);
});

test("a fault hits its place alone", async () => {
  await failCloud(lab, { kind: "unauthorized", where: "nyc" });
  const { id } = await provider.create(PROJECT, { name: "a" });
  expect(await cloudObjects(lab)).toMatchObject([{ id, inputs: { name: "a" } }]);
  await failCloud(lab, { kind: "unauthorized", where: "all" });
  await expect(provider.read(id, PROJECT, {})).rejects.toThrow("401");
  await healClouds(lab, "all");
  expect(await provider.read(id, PROJECT, {})).toMatchObject({ id, props: { name: "a" } });
});

test.each([
  [{ ...INPUTS, metro: "mu" }, "Invalid metro"],
  [{ ...INPUTS, plan: "c3.huge" }, "Invalid plan"],
  [{ ...INPUTS, operatingSystem: "debian_1" }, "Invalid operating system"],
  [INPUTS, "Project p is not found"],
])("what the cloud does not sell, it refuses: %#", async (inputs: WireObject, message) => {
  await expect(provider.create(DEVICE, inputs)).rejects.toThrow(message);
});

test("inputs that the SDK does not know fail the check; unknown ones pass it", async () => {
  const later = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  expect(await provider.check(DEVICE, {}, { ...INPUTS, projectId: later })).toMatchObject({ failures: [] });
  expect((await provider.check(DEVICE, {}, { ...INPUTS, plan: 7, colour: "red" })).failures).toEqual([
    { property: "plan", reason: "has to be a string" },
    { property: "colour", reason: "is not known to the provider" },
  ]);
});

test("another metro replaces a device, other tags do not, nor does what the cloud filled in", async () => {
  const state = { ...INPUTS, accessPublicIpv4: "198.18.0.16" };
  expect(await provider.diff("id", DEVICE, state, INPUTS)).toEqual({ changes: false, replaces: [] });
  expect(await provider.diff("id", DEVICE, state, { ...INPUTS, tags: ["a"] })).toEqual({ changes: true, replaces: [] });
  expect(await provider.diff("id", DEVICE, state, { ...INPUTS, metro: "am" })).toMatchObject({ replaces: ["metro"] });
});

test("what is gone cannot be deleted again, and a refresh finds it gone", async () => {
  const { id } = await provider.create(KEY, { name: "a", projectId: "p", publicKey: "ssh-ed25519 AAAA" });
  await provider.delete(id, KEY, {});
  expect(await cloudObjects(lab)).toEqual([]);
  await expect(provider.delete(id, KEY, {})).rejects.toThrow("404");
  expect(await provider.read(id, KEY, {})).toEqual({ id: "", props: {} });
});

test("there is no session without a device; asked for a metro, it tells whether there is one", async () => {
  await expect(provider.create(SESSION, { deviceId: "d", addressFamily: "ipv4" })).rejects.toThrow("Device d");
  const ask = (code: string) => provider.invoke("equinix-metal:index/getMetro:getMetro", { code });
  expect(await ask("fr")).toMatchObject({ outputs: { code: "fr" } });
  await expect(ask("zz")).rejects.toThrow("not found");
});
