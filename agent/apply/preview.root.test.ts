import { afterAll, beforeAll, expect, test } from "vitest";
import { applyPreviewSchema, type ApplyPreview } from "../../model/apply-preview.ts";
import { PATHS } from "../../model/paths.ts";
import { SECRETS, secretsText, siteManifest, zoneText, type ManifestChanges } from "../testing/manifest.ts";
import { SiteHost } from "../testing/site-host.ts";

const OTHER_SECRETS = "22222222-2222-4222-8222-222222222222";

/** The probes are patient: what is tested here is none of their business, and a busy machine is slow. */
const manifest = (changes: ManifestChanges = {}, secrets = SECRETS) =>
  siteManifest(secrets, { patience: { timeout: 1000, fall: 4 }, ...changes });

let host: SiteHost;
let before: string;
beforeAll(async () => {
  host = await SiteHost.create();
  await host.storeSecrets(SECRETS, secretsText());
  await host.storeSecrets(OTHER_SECRETS, secretsText("another"));
  await host.mustApply(manifest());
  before = await host.snapshot();
});
afterAll(() => host?.dispose());

async function plan(changes: ManifestChanges = {}, secrets = SECRETS): Promise<ApplyPreview> {
  const input = JSON.stringify(manifest(changes, secrets));
  const { status, stdout, stderr } = await host.execWith(input, "node", host.bundle, "plan");
  if (status !== 0) throw new Error(stderr);
  return applyPreviewSchema.parse(JSON.parse(stdout));
}

test("tells what an apply would do, and does none of it", async () => {
  expect(await plan()).toMatchObject({ site: "fra", changed: [], withdraws: null, bounces: [] });
  expect(await plan({ zone: zoneText(2) })).toMatchObject({
    changed: [`${PATHS.zones}/example.net.zone`],
    withdraws: null,
    bounces: [],
  });
  expect(await plan({ exported: "false" })).toMatchObject({ changed: [PATHS.bird], withdraws: null, bounces: [] });
  expect(await plan({ knot: { workers: 2 } })).toMatchObject({ withdraws: "Knot restarts", bounces: [] });
  const passwords = await plan({}, OTHER_SECRETS);
  expect(passwords).toMatchObject({ changed: [PATHS.birdSecrets], bounces: ["edge4", "edge6"] });
  expect(JSON.stringify(passwords)).not.toContain("another");
  expect(await host.snapshot()).toBe(before);
});

test("a manifest that is none is refused in one line", async () => {
  const { status, stdout, stderr } = await host.execWith("{", "node", host.bundle, "plan");
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toContain("the manifest on standard input");
});

test("an apply that has no room on the disk is refused before anything is touched", async () => {
  const zone = `${PATHS.zones}/example.net.zone`;
  const text = (await host.exec("cat", zone)).stdout;
  expect((await host.exec("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", PATHS.zones)).status).toBe(0);
  try {
    const big = zoneText(3, `; ${"x".repeat(200_000)}\n`);
    const { status, stdout, stderr } = await host.apply(manifest({ zone: big }));
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(
      /fra: the disk of \/etc\/knot\/zones is too full: .* MiB are free, .* Nothing was touched\./,
    );
  } finally {
    await host.exec("umount", PATHS.zones);
  }
  expect((await host.exec("cat", zone)).stdout).toBe(text);
  expect(await host.snapshot()).toBe(before);
  await host.mustApply(manifest({ zone: zoneText(4) }));
}, 60_000);
