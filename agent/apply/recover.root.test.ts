import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { SECRETS, secretsText, siteManifest, zoneText, type ManifestChanges } from "../testing/manifest.ts";
import { SiteHost, until } from "../testing/site-host.ts";

const JOURNAL = "/var/lib/anycast/transaction.json";

let host: SiteHost;
let before: string;
let serial = 1;
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

/** A change of all that an apply can touch: files of several daemons, one with a restart. */
function bigChange(): ManifestChanges {
  serial++;
  return { zone: zoneText(serial), knot: { workers: (serial % 3) + 1 }, birdExtra: `# ${serial}` };
}

async function exists(path: string): Promise<boolean> {
  return (await host.exec("test", "-e", path)).status === 0;
}

async function untilAnnounced(): Promise<void> {
  await until("both prefixes are announced", async () => {
    const received = await host.received();
    return received.includes("203.0.113.0/24") && received.includes("2001:db8:53::/48");
  });
}

describe("an apply that is killed while it changes things", () => {
  // Milliseconds after the journal was opened: while files are swapped, services restarted, the result probed.
  test.each([50, 200, 1000, 2000])(
    "after %i ms leaves the host as before or as after",
    async (delay) => {
      const change = bigChange();
      const kill = `
      while ! test -e ${JOURNAL}; do sleep 0.005; done; sleep ${delay / 1000}
      systemctl kill --kill-whom=main --signal=KILL 'anycast-apply-*'`;
      const [applied] = await Promise.all([host.apply(manifest(change)), host.exec("sh", "-c", kill)]);
      expect(await exists(JOURNAL)).toBe(false);
      const asBefore = (await host.snapshot()) === before;
      const told = /the apply was killed .* Everything is as it was before\./.test(applied.stderr);
      expect({ status: applied.status, asBefore, told }).toEqual(
        applied.status === 0 ? { status: 0, asBefore: false, told: false } : { status: 1, asBefore: true, told: true },
      );
      await untilAnnounced();
      expect(await host.apply(manifest(change))).toMatchObject({ status: 0 });
    },
    30_000,
  );
});

const soaking = (change: ManifestChanges) => ({ ...manifest(change), soak: 60_000 });
const untilSoaking = (): Promise<void> =>
  until("the soak", async () => {
    // Since the boot: an earlier apply's soak is none.
    const { stdout } = await host.exec("journalctl", "-b", "-t", "anycast-apply", "-o", "cat", "-n", "1");
    return stdout.trim() === "soaking for 60 s";
  });

describe("an apply in its soak, which is done but for that", () => {
  test.each([["kill", "--kill-whom=main", "--signal=KILL"], ["stop"]])(
    "is undone by systemctl %s",
    async (...command) => {
      const applying = host.apply(soaking(bigChange()));
      await untilSoaking();
      expect(await exists(JOURNAL)).toBe(true);
      await host.exec("systemctl", ...command, "anycast-apply-*");
      expect((await applying).stderr).toMatch(/the apply was killed .* Everything is as it was before\./);
      expect(await host.snapshot()).toBe(before);
      await untilAnnounced();
    },
    60_000,
  );

  test("is undone at boot after a power cut", async () => {
    const applying = host.apply(soaking(bigChange())).catch(() => undefined);
    await untilSoaking();
    await host.powerOff();
    await applying;
    await host.boot();
    expect(await exists(JOURNAL)).toBe(false);
    await untilAnnounced();
    expect(await host.snapshot()).toBe(before);
  }, 60_000);
});

test("a power cut in the middle of an apply is undone at boot", async () => {
  const change = bigChange();
  const cut = until("the middle of the apply", () => exists(JOURNAL)).then(() => host.powerOff());
  await Promise.all([host.apply(manifest(change)).catch(() => undefined), cut]);
  await host.boot();
  expect(await exists(JOURNAL)).toBe(false);
  await untilAnnounced();
  expect(await host.snapshot()).toBe(before);
  const { stdout } = await host.exec("journalctl", "-u", "anycast-recover", "-o", "cat");
  expect(stdout).toContain("an apply was cut off before its end");
}, 60_000);

test("a reboot brings everything back, withdrawn until it is checked", async () => {
  await host.powerOff();
  await host.boot();
  await untilAnnounced();
  expect(await host.snapshot()).toBe(before);
}, 60_000);
