import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { STATE } from "../../agent/apply/host.ts";
import { bundleAgent } from "../../agent/bundle.ts";
import { FIRST, keepFirst, makeArchive } from "../../agent/testing/archive.ts";
import { SECRETS, secretsText, siteManifest, zoneText } from "../../agent/testing/manifest.ts";
import { SiteHost, until } from "../../agent/testing/site-host.ts";
import { installScript } from "../../components/install-script.ts";
import { contentHash } from "../../agent/version.ts";
import { verificationSchema } from "../../model/verification.ts";
import { applyResultSchema, hostVersionsSchema, type Manifest } from "../../model/manifest.ts";
import { PATHS } from "../../model/paths.ts";

const CUTS = Number(process.env["CUTS"] ?? 30);
const PREFIX = "203.0.113.0/24";
/** Milliseconds that such an apply takes on an idle machine. */
const APPLY_MS = 14_000;
/** How much later than the end of an apply the last cuts come. */
const BEYOND = 1.15;

let host: SiteHost;
let folder: string;
beforeAll(async () => {
  host = await SiteHost.create();
  folder = host.folder;
  await host.storeSecrets(SECRETS, secretsText());
  await host.mustApply(wanted(0));
  await makeArchive(host);
  await host.exec("mkdir", "-p", "-m", "0700", STATE.packages);
  await keepFirst(host);
}, 180_000);
afterAll(() => host?.dispose());

/** A change of all that an apply can change: a package, files of each daemon, units. */
function wanted(round: number): Manifest {
  const changes = { zone: zoneText(round + 1), knot: { workers: (round % 3) + 1 }, birdExtra: `# ${round}` };
  const manifest = siteManifest(SECRETS, changes);
  const unit = manifest.files[PATHS.agentUnit];
  if (unit === undefined) throw new Error("the manifest has no unit of the agent");
  return {
    ...manifest,
    packages: { bird2: round % 2 === 0 ? FIRST : "2.0.12-8" },
    files: { ...manifest.files, [PATHS.agentUnit]: { ...unit, content: `${unit.content}# ${round}\n` } },
  };
}

/** Puts another bundle of the agent on the host, as the `install` resource does. */
async function otherBundle(round: number): Promise<void> {
  const content = `${await readFile((await bundleAgent()).path, "utf8")}\n// ${round}\n`;
  const path = join(folder, `agent-${contentHash(Buffer.from(content))}.mjs`);
  await writeFile(path, content);
  await host.install(path);
}

/** All that has to belong together: what was applied, the bundle in use, the package, the files and what runs by them. */
async function stateOf(): Promise<string> {
  const { digest } = JSON.parse(await readFile(host.path(STATE.current), "utf8")) as { digest: string };
  const link = (await host.exec("readlink", PATHS.agent)).stdout;
  const bird = (await host.exec("dpkg-query", "--show", "--showformat=${Version} ${db:Status-Status}", "bird2")).stdout;
  return [digest, basename(link), bird, await host.snapshot()].join("\n");
}

async function isAnnounced(): Promise<boolean> {
  return (await host.received()).includes(PREFIX);
}

test(
  `${CUTS} power cuts at random moments of an apply with a new bundle and a package: at boot the host is before or after, and announced only then`,
  async () => {
    let before = await stateOf();
    const ends = { before: 0, after: 0 };
    let lasts = APPLY_MS;
    for (let round = 1; round <= CUTS; round += 1) {
      await host.forgetFlaps();
      await otherBundle(round);
      const moment = Math.random() * lasts * BEYOND;
      const what = `cut ${round} after ${Math.round(moment)} ms`;
      const applying = host.apply(wanted(round)).catch(() => undefined);
      await sleep(moment);
      await host.powerOff();
      await applying;
      await until("the neighbor notices", async () => !(await isAnnounced()));
      // What is announced before the host is whole stays announced until it is seen here.
      const booting = host.boot();
      booting.catch(() => {});
      await until(
        "it is announced",
        async () => {
          if (!(await isAnnounced())) return false;
          expect((await host.exec("test", "-e", STATE.journal)).status, what).toBe(1);
          return true;
        },
        90_000,
      );
      await booting;
      const now = await stateOf();
      const isBefore = now === before;
      ends[isBefore ? "before" : "after"] += 1;
      console.log(`${what}: ${isBefore ? "before" : "after"}`);
      // The same manifest again: where it is after, nothing is left to do.
      const start = performance.now();
      const again = await host.apply(wanted(round));
      if (isBefore) lasts = performance.now() - start;
      expect(again, what).toMatchObject({ status: 0 });
      const { changed, packages } = applyResultSchema.parse(JSON.parse(again.stdout));
      expect({ isBefore, isIdle: changed.length + packages.length === 0 }, what).toEqual({
        isBefore,
        isIdle: !isBefore,
      });
      const { stdout } = await host.agent("verify", "--json");
      expect(verificationSchema.parse(JSON.parse(stdout)).drift, what).toEqual([]);
      expect((await host.exec("dpkg", "--audit")).stdout, what).toBe("");
      expect((await host.exec("test", "-e", "/usr/sbin/policy-rc.d")).status, what).toBe(1);
      before = await stateOf();
    }
    console.log(ends);
    expect(ends.before, "no cut came in the middle").toBeGreaterThan(0);
  },
  CUTS * 120_000,
);

test("an install that was cut within dpkg goes on", async () => {
  const agentFile = basename(host.bundle);
  const agentHash = agentFile.replace(/^agent-|\.mjs$/g, "");
  const unpack = "dpkg --unpack /srv/archive/nftables_9.0-2_*.deb /srv/archive/libnftables1_9.0-2_*.deb";
  expect((await host.exec("sh", "-c", unpack)).status).toBe(0);
  expect((await host.exec("dpkg", "--audit")).stdout).toContain("nftables");
  const script = installScript({ agentFile, agentHash, knot: true });
  const { status, stdout, stderr } = await host.execWith(script, "sh", "-s");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(hostVersionsSchema.parse(JSON.parse(stdout)).bird).toBe("2.0.12");
  expect((await host.exec("dpkg", "--audit")).stdout).toBe("");
}, 120_000);
