import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { applySummarySchema, rollbackPreviewSchema } from "../../model/applies.ts";
import { PATHS } from "../../model/paths.ts";
import { SECRETS, edgeConf, secretsText, siteManifest, zoneText, type ManifestChanges } from "../testing/manifest.ts";
import { SiteHost } from "../testing/site-host.ts";

let host: SiteHost;
let before: string;
beforeAll(async () => {
  host = await SiteHost.create();
  await host.storeSecrets(SECRETS, secretsText());
  await host.mustApply(manifest());
});
beforeEach(async () => {
  await host.forgetFlaps();
  before = await host.snapshot();
});
afterAll(() => host?.dispose());

const manifest = (changes?: ManifestChanges) => siteManifest(SECRETS, changes);

async function failed(changes: ManifestChanges): Promise<string> {
  const { status, stdout, stderr } = await host.apply(manifest(changes));
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  return stderr;
}

async function expectAsBefore(): Promise<void> {
  expect(await host.snapshot()).toBe(before);
  const received = await host.received();
  expect(received).toContain("203.0.113.0/24");
  expect(received).toContain("2001:db8:53::/48");
  expect((await host.exec("test", "-e", "/var/lib/anycast/transaction.json")).status).toBe(1);
}

test("a filter that would leak", async () => {
  const message = await failed({
    exported: "true",
    birdExtra: "protocol static stray { ipv4 { table announce4; }; route 198.51.100.0/24 unreachable; }",
  });
  expect(message).toContain("session edge4 would leak 198.51.100.0/24");
  expect(message).toContain("Everything is as it was before.");
  await expectAsBefore();
});

test("a filter that announces nothing", async () => {
  const message = await failed({ exported: "false" });
  expect(message).toContain("session edge4 does not export 203.0.113.0/24");
  await expectAsBefore();
}, 60_000);

test("a service that does not answer as it should", async () => {
  const message = await failed({ zone: zoneText(), knot: { zone: "example.org" } });
  expect(message).toContain("service dns: dns/udp 203.0.113.53:53 example.net SOA: REFUSED");
  await expectAsBefore();
}, 60_000);

test("a service that cannot start", async () => {
  const message = await failed({ knot: { listen: "192.0.2.1@53" } });
  expect(message).toMatch(/service dns: .*(ECONNREFUSED|no answer)/);
  await expectAsBefore();
}, 60_000);

test("a service that starts, answers, and dies a little later", async () => {
  const { files, ...rest } = manifest({ zone: zoneText(8) });
  const dropIn = files[PATHS.knotDropIn]!;
  const dying = { ...dropIn, content: `${dropIn.content}\n[Service]\nRuntimeMaxSec=4\n` };
  const { status, stderr } = await host.apply({
    ...rest,
    soak: 20_000,
    files: { ...files, [PATHS.knotDropIn]: dying },
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /all was well after the change, but not \d+\.\d s later, in its soak of 20 s: .*203\.0\.113\.0\/24/,
  );
  expect(stderr).toContain("Everything is as it was before.");
  await expectAsBefore();
}, 60_000);

test("by hand, to the apply before or to any that is remembered; and no further when it does not work out", async () => {
  const zone = async (): Promise<string> => (await host.exec("cat", `${PATHS.zones}/example.net.zone`)).stdout;
  const applies = async () =>
    z.array(applySummarySchema).parse(JSON.parse((await host.agent("applies", "--json")).stdout));
  const first = (await applies()).find(({ outcome }) => outcome === "applied")!;
  await host.mustApply(manifest({ zone: zoneText(21) }));
  await host.mustApply(manifest({ zone: zoneText(22) }));

  const dry = await host.agent("rollback", "--dry-run");
  expect(rollbackPreviewSchema.parse(JSON.parse(dry.stdout))).toMatchObject({
    changed: [`${PATHS.zones}/example.net.zone`],
    withdraws: null,
  });
  expect(await zone()).toContain(" 22 ");
  expect((await host.agent("rollback")).status).toBe(0);
  expect(await zone()).toContain(" 21 ");
  const back = (await applies()).at(-1)!;
  expect(back).toMatchObject({ outcome: "applied", current: true, changed: [`${PATHS.zones}/example.net.zone`] });
  expect(back.rollbackTo).toBe(back.id - 2);

  const { stderr, status } = await host.agent("rollback", "999");
  expect(status).toBe(1);
  expect(stderr).toContain("there is no apply 999; applied were: ");
  expect(await zone()).toContain(" 21 ");
  expect((await host.agent("rollback", String(first.id))).status).toBe(0);
  expect(await zone()).toContain(" 1 ");
  expect((await applies()).filter(({ outcome }) => outcome === "failed").length).toBeGreaterThan(0);
  expect((await host.exec("stat", "-c", "%a %U", `/var/lib/anycast/applies/${first.id}.json`)).stdout.trim()).toBe(
    "600 root",
  );
}, 60_000);

test("a session that was down before, and is none of the change's business, is only warned of", async () => {
  await host.configureEdge(edgeConf("another"));
  await host.exec("birdc", "restart", "edge4");
  const { status, stdout } = await host.apply(manifest({ zone: zoneText(7) }));
  expect(status).toBe(0);
  expect((JSON.parse(stdout) as { warnings: string[] }).warnings).toEqual([
    expect.stringContaining("session edge4 with 198.18.0.1 (AS64515) is not established"),
    expect.stringContaining("session edge6"),
    "prefix 203.0.113.0/24 is announced to nobody: no IPv4 session is established",
    "prefix 2001:db8:53::/48 is announced to nobody: no IPv6 session is established",
  ]);
}, 60_000);
