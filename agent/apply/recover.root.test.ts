import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { SECRETS, secretsText, siteManifest, zoneText, type ManifestChanges } from "../testing/manifest.ts";
import { SiteHost, until } from "../testing/site-host.ts";
import { PATHS } from "../../model/paths.ts";
import { STATE } from "./host.ts";

const JOURNAL = STATE.journal;

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

/** A path of the host while it is off. */
function onDisk(path: string): string {
  return join(host.folder, "host", path);
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

  test("is undone at boot after a power cut, also with the journal of an agent that wrote no script", async () => {
    const applying = host.apply(soaking(bigChange())).catch(() => undefined);
    await untilSoaking();
    await host.powerOff();
    await applying;
    // As commit 8ad684a left it, and one before it that knew of no packages.
    await rm(onDisk(PATHS.undo));
    const { packages, ...journal } = JSON.parse(await readFile(onDisk(JOURNAL), "utf8")) as Record<string, unknown>;
    expect(packages).toEqual([]);
    await writeFile(onDisk(JOURNAL), JSON.stringify(journal));
    await host.boot();
    expect(await exists(JOURNAL)).toBe(false);
    await untilAnnounced();
    expect(await host.snapshot()).toBe(before);
  }, 60_000);
});

test("a power cut in the middle of an apply is undone at boot, without Node", async () => {
  const change = bigChange();
  const cut = until("the middle of the apply", () => exists(JOURNAL)).then(() => host.powerOff());
  await Promise.all([host.apply(manifest(change)).catch(() => undefined), cut]);
  await rename(onDisk("/usr/bin/node"), onDisk("/usr/bin/node.away"));
  await host.boot();
  expect(await exists(JOURNAL)).toBe(false);
  await rename(onDisk("/usr/bin/node.away"), onDisk("/usr/bin/node"));
  await untilAnnounced();
  expect(await host.snapshot()).toBe(before);
  const { stdout } = await host.exec("journalctl", "-u", "anycast-undo", "-o", "cat");
  expect(stdout).toContain("an apply was cut off before its end");
}, 60_000);

test("when that fails nothing starts, it says so, and what is put back by hand later is loaded", async () => {
  const applying = host.apply(soaking(bigChange())).catch(() => undefined);
  await untilSoaking();
  await host.powerOff();
  await applying;
  await rename(onDisk(`${STATE.backup}/0`), onDisk(`${STATE.backup}/away`));
  await host.boot();
  const units = ["bird", "knot", "anycast-agent"];
  expect((await host.exec("systemctl", "is-active", ...units)).stdout).toBe("inactive\ninactive\ninactive");
  const { stdout } = await host.exec("journalctl", "-b", "-u", "anycast-undo", "-o", "cat");
  expect(stdout).toMatch(/^not recovered: the backup of \/\S+ is gone$/m);
  const status = await host.agent("status", "--json");
  expect(status.status).toBe(1);
  expect(status.stderr).toMatch(
    /^anycast-agent: fra: not recovered: an apply was cut off, .* then run 'anycast-agent recover'$/,
  );
  // Nor does anything start that somebody starts.
  expect((await host.exec("systemctl", "start", "bird")).status).not.toBe(0);
  await rename(onDisk(`${STATE.backup}/away`), onDisk(`${STATE.backup}/0`));
  expect(await host.agent("recover")).toMatchObject({ status: 0, stderr: "" });
  await untilAnnounced();
  // The agent says that it is ready a moment after it announces.
  await expect.poll(() => host.snapshot(), { timeout: 10_000 }).toBe(before);
}, 60_000);

test("a reboot brings everything back, withdrawn until it is checked", async () => {
  await host.powerOff();
  await host.boot();
  await untilAnnounced();
  expect(await host.snapshot()).toBe(before);
}, 60_000);

test("an apply that comes while the host starts its services waits for them, and they have the new files", async () => {
  // As after a boot, or after a recovery that put files back: it has read the old ones, and systemd still starts it.
  const dropIn = "/run/systemd/system/anycast-agent.service.d/slow.conf";
  const slow = `mkdir -p ${dropIn.replace(/\/[^/]*$/, "")}; printf '[Service]\nExecStartPost=/bin/sleep 4\n' >${dropIn}; systemctl daemon-reload`;
  await host.exec("sh", "-ec", `${slow}; systemctl stop anycast-agent; systemctl --no-block start anycast-agent`);
  const applied = await host.apply(manifest({ ...bigChange(), config: { drain: { residue: 1, patience: 2000 } } }));
  await host.exec("sh", "-ec", `rm ${dropIn}; systemctl daemon-reload`);
  expect(applied).toMatchObject({ status: 0, stderr: "" });
  expect(await host.apply(manifest())).toMatchObject({ status: 0, stderr: "" });
}, 90_000);
