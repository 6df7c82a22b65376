import { afterAll, beforeAll, expect, test } from "vitest";
import { applyResultSchema } from "../../model/manifest.ts";
import { verificationSchema } from "../../model/verification.ts";
import type { Finished } from "../exec.ts";
import { STATE } from "./host.ts";
import { BROKEN_NODE, FIRST, forgetVersion, keepFirst, makeArchive } from "../testing/archive.ts";
import { SECRETS, secretsText, siteManifest } from "../testing/manifest.ts";
import { SiteHost, until } from "../testing/site-host.ts";

let host: SiteHost;
beforeAll(async () => {
  host = await SiteHost.create();
  await host.storeSecrets(SECRETS, secretsText());
  await host.mustApply(siteManifest(SECRETS));
  await makeArchive(host);
}, 120_000);
afterAll(() => host?.dispose());

const withBird = (version: string) => ({ ...siteManifest(SECRETS), packages: { bird2: version } });

/** Holds dpkg's lock for some seconds, as unattended upgrades would (fcntl(2), on x86-64 and arm64). */
const LOCK = `open my $f, ">>", "/var/lib/dpkg/lock-frontend" or die; my $l = pack "ssx4qqix4", F_WRLCK, 0, 0, 0, 0; fcntl $f, F_SETLK, $l or die; sleep 8`;

/** A package's version, and whether it is held. */
async function installed(name = "bird2"): Promise<string> {
  const { stdout } = await host.exec("dpkg-query", "--show", "--showformat=${Version} ${db:Status-Want}", name);
  return stdout;
}

async function birdPid(): Promise<string> {
  return (await host.exec("systemctl", "show", "--property=MainPID", "--value", "bird")).stdout.trim();
}

test("a version that the archive does not have is refused, and nothing is touched", async () => {
  const before = await host.snapshot();
  const { status, stderr } = await host.apply(withBird("9.9-9"));
  expect(status).toBe(1);
  expect(stderr).toContain(
    "anycast-agent: fra: apt: E: Version '9.9-9' for 'bird2' was not found. Nothing was touched.",
  );
  expect(await host.snapshot()).toBe(before);
});

test("so is one that there is no way back from, until the package before it is there", async () => {
  await forgetVersion(host, FIRST);
  const { status, stderr } = await host.apply(withBird("2.0.12-8"));
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /there would be no way back from bird2 2\.0\.12-8: the archive does not have 2\.0\.12-7, .* Put its \.deb into \/var\/lib\/anycast\/packages .* Nothing was touched\./,
  );
  await keepFirst(host);
});

test("another version is installed while the site is withdrawn, runs, and is held", async () => {
  const pid = await birdPid();
  const { status, stdout, stderr } = await host.apply(withBird("2.0.12-8"));
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const applied = applyResultSchema.parse(JSON.parse(stdout));
  expect(applied).toMatchObject({ changed: [], packages: ["bird2 2.0.12-7 → 2.0.12-8"], warnings: [] });
  expect(applied.prefixes["203.0.113.0/24"]).toBe("full");
  expect(await installed()).toBe("2.0.12-8 hold");
  expect(await birdPid()).not.toBe(pid);
  const { stdout: log } = await host.exec("journalctl", "-t", "anycast-apply", "-o", "cat");
  expect(log).toContain("draining and withdrawing first: BIRD restarts");
  expect(await host.received()).toContain("203.0.113.0/24");
  expect((await host.exec("test", "-e", "/usr/sbin/policy-rc.d")).status).toBe(1);
  // Once more it is nothing to do.
  expect(JSON.parse((await host.apply(withBird("2.0.12-8"))).stdout)).toMatchObject({ changed: [], packages: [] });
  expect(await birdPid()).not.toBe(pid);
});

test("one that is not the newest brings the library that was built with it, and a rollback takes both back", async () => {
  const before = [await installed("nftables"), await installed("libnftables1")];
  const { packages } = withBird("2.0.12-8");
  await host.mustApply({ ...withBird("2.0.12-8"), packages: { ...packages, nftables: "9.0-1" } });
  expect([await installed("nftables"), await installed("libnftables1")]).toEqual(["9.0-1 hold", "9.0-1 install"]);
  // That apply named no version of it.
  expect((await host.agent("rollback")).stderr).toBe("");
  expect([(await installed("nftables")).split(" ")[0], await installed("libnftables1")]).toEqual([
    before[0]?.split(" ")[0],
    before[1],
  ]);
});

test("a package that is damaged on the host is refused before anything is touched", async () => {
  const file = `${STATE.packages}/bird2_2.0.12-9_$(dpkg --print-architecture).deb`;
  await host.exec("sh", "-c", `head -c 5000 /srv/archive/bird2_2.0.12-9_*.deb > ${file}`);
  const before = await host.snapshot();
  const { stderr } = await host.apply(withBird("2.0.12-9"));
  expect(stderr).toMatch(/bird2_2\.0\.12-9_\w+\.deb/);
  expect(stderr).toContain("Nothing was touched.");
  expect(await host.snapshot()).toBe(before);
  await host.exec("sh", "-c", `rm ${file}`);
});

test("while somebody else is at work with packages nothing is touched, and nothing needs to be put back", async () => {
  const pid = await birdPid();
  const other = host.exec("perl", "-MFcntl", "-e", LOCK);
  await host.mustApply({ ...withBird("2.0.12-8"), packages: { bird2: "2.0.12-8", nftables: "9.0-2" } });
  expect((await other).status).toBe(0);
  expect(await birdPid()).toBe(pid);
  expect(await installed("nftables")).toBe("9.0-2 hold");
});

test("one that does not start is taken back", async () => {
  const before = await host.snapshot();
  const { status, stderr } = await host.apply(withBird("2.0.12-9"));
  expect(status).toBe(1);
  expect(stderr).toContain("Everything is as it was before.");
  expect(await host.snapshot()).toBe(before);
  expect(await installed()).toBe("2.0.12-8 hold");
}, 60_000);

/** An apply that is in the middle of a package's own script, with a Node that does not run already in place, and how the host was before it. */
async function inPackageScript(): Promise<{ readonly before: string; readonly apply: Promise<Finished> }> {
  await host.forgetFlaps();
  const before = await host.snapshot();
  const packages = { bird2: "2.0.12-10", nodejs: BROKEN_NODE };
  const apply = host.apply({ ...withBird("2.0.12-10"), packages });
  await until("the package's script runs", async () => (await host.exec("pgrep", "-x", "sleep")).status === 0);
  expect((await host.exec("node", "--version")).status).toBe(127);
  expect((await host.exec("test", "-e", "/usr/sbin/policy-rc.d")).status).toBe(1);
  return { before, apply };
}

/** How the host is, once it is announced again. */
async function afterwards(): Promise<{ readonly host: string; readonly bird: string }> {
  await until("it is announced again", async () => (await host.received()).includes("203.0.113.0/24"));
  return { host: await host.snapshot(), bird: await installed() };
}

test("killed in the middle of a package's own script: all is put back at once, without the Node that does not run", async () => {
  const { before, apply } = await inPackageScript();
  await host.exec("systemctl", "kill", "--signal=KILL", "anycast-apply-*");
  expect((await apply).stderr).toContain("Everything is as it was before.");
  expect(await afterwards()).toEqual({ host: before, bird: "2.0.12-8 hold" });
}, 60_000);

test("the power is cut in the middle of it: all is put back at boot, before BIRD starts, without that Node", async () => {
  const { before, apply } = await inPackageScript();
  await host.powerOff();
  await apply.catch(() => undefined);
  await host.boot();
  expect(await installed()).toBe("2.0.12-8 hold");
  expect((await host.exec("node", "--version")).status).toBe(0);
  await until("the agent runs", async () => (await host.agent("status")).status === 0);
  expect(await afterwards()).toEqual({ host: before, bird: "2.0.12-8 hold" });
}, 60_000);

test("verify tells of a version that somebody else installed, and an apply puts it right", async () => {
  await host.exec("sh", "-c", `dpkg --install /srv/bird2_${FIRST}_*.deb`);
  const { stdout } = await host.agent("verify", "--json");
  expect(verificationSchema.parse(JSON.parse(stdout)).drift).toContainEqual({
    about: "package bird2",
    problem: `is ${FIRST}; applied was 2.0.12-8`,
    line: null,
    diff: null,
  });
  await host.mustApply(withBird("2.0.12-8"));
  expect(await installed()).toBe("2.0.12-8 hold");
});

test("a site that is retired leaves its packages, and lets go of them", async () => {
  for (const prefix of ["203.0.113.0/24", "2001:db8:53::/48"])
    await host.agent("allow-below-floor", prefix, "--reason", "the end", "--by", "ann");
  expect(await host.agent("retire")).toMatchObject({ status: 0 });
  expect(await installed()).toBe("2.0.12-8 install");
});
