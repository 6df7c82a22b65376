import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, expect, test } from "vitest";
import { appliedManifests } from "../../components/deployed.ts";
import { harmOf, tellHarm } from "../../components/harm.ts";
import { manifestSchema, type Manifest } from "../../model/manifest.ts";
import { PATHS } from "../../model/paths.ts";

const BIRD = "protocol bgp vultr4 {\n  hold time 9;\n}\n";
const KNOT = "server:\n  udp-workers: 2\n";
const ZONE = `${PATHS.zones}/example.net.zone`;

function manifest(changes: Record<string, string> = {}, secrets: string | null = null): Manifest {
  const texts = { [PATHS.bird]: BIRD, [PATHS.knot]: KNOT, [ZONE]: "1", ...changes };
  const files = Object.fromEntries(Object.entries(texts).map(([path, content]) => [path, { content }]));
  return manifestSchema.parse({ format: 1, site: "fra", secrets, files });
}

const [A, B] = ["00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"];

test.each<[string, Manifest, Manifest, string | null]>([
  ["nothing", manifest(), manifest(), null],
  ["a zone", manifest(), manifest({ [ZONE]: "2" }), null],
  ["a filter", manifest(), manifest({ [PATHS.bird]: `${BIRD}filter a {}\n` }), null],
  ["a session", manifest(), manifest({ [PATHS.bird]: BIRD.replace("9", "30") }), "sessions restart: vultr4"],
  ["Knot's workers", manifest(), manifest({ [PATHS.knot]: KNOT.replace("2", "3") }), "Knot restarts"],
  ["a first password", manifest(), manifest({}, A), null],
  ["BIRD's package", manifest(), { ...manifest(), packages: { bird2: "2.0.12-8" } }, "BIRD restarts"],
  ["another password", manifest({}, A), manifest({}, B), "sessions restart: their passwords change"],
])("what %s that changes does to a site", (_, before, after, harm) => {
  expect(harmOf(before, after)).toBe(harm);
});

const { info } = pulumi.log;
let told: string[] = [];

beforeEach(() => {
  told = [];
  Object.assign(pulumi.log, { info: async (text: string) => void told.push(text) });
});

afterEach(async () => {
  Object.assign(pulumi.log, { info });
  await pulumi.runtime.disconnect();
});

/** What is told of a change of fra while the stack's state has `applied`. */
async function toldOf(applied: unknown, drain?: string, wanted = { [PATHS.knot]: "server:\n" }): Promise<string[]> {
  const apply = {
    "urn:pulumi:s::p::command:remote:Command::net-fra-apply": {
      type: "command:remote:Command",
      outputs: { stdin: applied },
    },
  };
  const mocks: pulumi.runtime.Mocks = {
    newResource: ({ name }) => ({ id: name, state: {} }),
    call: () => ({ outputs: apply }),
  };
  await pulumi.runtime.setMocks(mocks, "p", "s", true, "acme");
  const change = {
    site: "fra",
    applied: appliedManifests(),
    apply: "net-fra-apply",
    manifest: pulumi.output(manifest(wanted)),
    connection: pulumi.secret({ host: "198.18.0.2" }),
  };
  const done = tellHarm(change, new pulumi.ComponentResource("test:index:Site", "fra"), async () => drain);
  await new Promise((resolve) => done.apply(resolve));
  expect(await pulumi.isSecret(done)).toBe(false);
  await pulumi.runtime.disconnect();
  return told;
}

test("a preview names the site that is taken out meanwhile, and why", async () => {
  expect(await toldOf(JSON.stringify(manifest()))).toEqual([
    "fra is drained and withdrawn while it changes: Knot restarts",
  ]);
});

test("a preview tells of a drain by hand", async () => {
  const drain = "fra is drained by hand since 2026-01-02 03:04:05Z: new line card; it stays so until 'anycast undrain'";
  expect((await toldOf(JSON.stringify(manifest()), drain)).at(-1)).toBe(drain);
});

test("a site that does not change is not asked", async () => {
  expect(await toldOf(JSON.stringify(manifest()), "drained", { [PATHS.knot]: KNOT })).toEqual([]);
});

test.each([undefined, "no JSON", "{}"])("nothing is told of a site whose state has %s", async (applied) => {
  expect(await toldOf(applied, "drained")).toEqual([]);
});
