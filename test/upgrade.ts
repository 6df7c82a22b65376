import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { z } from "zod";
import { thisLab } from "../lab/folder.ts";
import { watchAnnouncers } from "./e2e/announcers.ts";
import { Checkout, must } from "./e2e/checkout.ts";
import { enginePids } from "./e2e/engine.ts";
import { askFrom, type ClientTally } from "./e2e/load/clients.ts";
import { preview } from "./e2e/preview.ts";
import { expectNoJournal, leaveJournal } from "./old-journal.ts";

const PROJECT = resolve(import.meta.dirname, "..");
const STACK_FILE = "stacks/Pulumi.lab.yaml";

/** The version before this one; undefined when there is none. */
async function lastTag(): Promise<string | undefined> {
  const match = ["describe", "--tags", "--abbrev=0", "--match", "v*", "HEAD^"];
  const { stdout, exitCode } = await execa("git", match, { cwd: PROJECT, reject: false });
  return exitCode === 0 ? stdout : undefined;
}

/** Other sites than the canary's, in the lab's own stack. */
const LATER_SITES = ["nyc", "sin"];

/** The site that an apply of the version before is cut off at. */
const JOURNAL_SITE = "nyc";

/** The agent's bundle that each site has in use. */
async function bundles(checkout: Checkout): Promise<Set<string>> {
  const links = ["fra", ...LATER_SITES].map((site) =>
    checkout.lab("exec", `site-${site}`, "--", "readlink", "/usr/local/lib/anycast/agent.mjs"),
  );
  return new Set((await Promise.all(links)).map((link) => must(link).stdout.trim()));
}

/** Kills an `up` when the canary has the new version and no other site has it: clients are answered, and both versions hear each other. */
async function killHalfWay(checkout: Checkout): Promise<void> {
  const held = "/run/upgrade-held";
  const wait = `while test -e ${held}; do sleep 0.2; done`;
  const hold = `touch ${held}; timeout 300 flock /var/lib/anycast/lock sh -c '${wait}'`;
  const holders = LATER_SITES.map((site) => checkout.start("exec", `site-${site}`, "--", "sh", "-c", hold));
  try {
    const up = checkout.start("pulumi", "up", "--yes", "--skip-preview", "--stack", "lab", "--color", "never");
    for (let tries = 0; tries < 120 && (await bundles(checkout)).size === 1; tries += 1) await sleep(1000);
    for (const pid of enginePids(checkout.folder)) process.kill(pid, "SIGKILL");
    console.log((await up).all);
    if ((await bundles(checkout)).size === 1) throw new Error("the `up` came to no state half-way");
    console.log(must(await checkout.lab("query")).output);
    for (const site of ["fra", ...LATER_SITES]) {
      const asked = must(await checkout.lab("exec", `site-${site}`, "--", "anycast-agent", "status", "--json")).stdout;
      const { fleet } = z.object({ fleet: z.object({ heard: z.number() }) }).parse(JSON.parse(asked));
      if (fleet.heard !== LATER_SITES.length) throw new Error(`${site} hears ${fleet.heard} other sites`);
    }
  } finally {
    for (const site of LATER_SITES) await checkout.lab("exec", `site-${site}`, "--", "rm", "-f", held);
    await Promise.all(holders);
  }
  must(await checkout.pulumi("cancel", "--yes", "--stack", "lab"));
}

/** Where all clients are, and what they ask. */
const CLIENTS = ["fra", ...LATER_SITES].map((site) => `client-${site}`);
const ADDRESSES = ["203.0.113.53", "2001:db8:53::53"];

/**
 * Upgrades while all clients ask and the routers are watched.
 *
 * @throws Error when the site with the journal did not put everything back, a question by UDP was lost, or fewer than two sites announced
 */
async function upgradeUnderWatch(checkout: Checkout): Promise<void> {
  const lab = thisLab();
  const [watched, stop] = [watchAnnouncers(lab, ADDRESSES.length, 2), await askFrom(lab, CLIENTS, ADDRESSES, 40)];
  let fewest: number;
  let tallies: readonly ClientTally[];
  try {
    await killHalfWay(checkout);
    console.log(must(await checkout.up()).output);
    console.log(must(await checkout.lab("query")).output);
  } finally {
    ({ fewest } = await watched());
    tallies = await stop();
  }
  const count = (of: (tally: ClientTally) => number): number => tallies.reduce((sum, tally) => sum + of(tally), 0);
  const lost = count(({ udp }) => udp.lost.length);
  console.log(
    `${lost} of ${count(({ udp }) => udp.sent)} questions by UDP lost; at least ${fewest} of 3 sites announced`,
  );
  await expectNoJournal(checkout, JOURNAL_SITE);
  if (lost > 0 || fewest < 2) throw new Error("the network did not stay announced");
}

/** Brings the lab up as a commit has it, cuts an apply off, then goes on with this checkout, once killed half-way. Returns what that would replace, delete or make anew. */
async function upgradeFrom(base: string): Promise<string[]> {
  const work = await mkdtemp(join(tmpdir(), "anycast-upgrade-"));
  const before = join(work, "before");
  await execa("git", ["worktree", "add", "--quiet", "--detach", before, base], { cwd: PROJECT });
  process.env["ANYCAST_LAB_DIR"] = join(work, "lab");
  const checkout = await Checkout.create("upgrade");
  try {
    console.log(`The lab as ${base} has it:`);
    await execa(join(before, "tools/run"), ["lab/main.ts"], { cwd: before, stdio: "inherit" });
    // The salt of the state's secrets stands there.
    checkout.write(STACK_FILE, await readFile(join(before, STACK_FILE), "utf8"));
    await leaveJournal(checkout, before, JOURNAL_SITE);
    const steps = await preview(checkout);
    const harm = steps.filter(({ op }) => !["same", "update"].includes(op));
    await upgradeUnderWatch(checkout);
    return harm.map(({ op, name }) => `${op} ${name}`);
  } finally {
    // Where the lab cannot be taken down, the worktree goes all the same: it stands in this checkout's own list.
    try {
      await checkout.dispose();
    } finally {
      await rm(before, { recursive: true, force: true, maxRetries: 10 });
      await execa("git", ["worktree", "prune"], { cwd: PROJECT });
      await rm(work, { recursive: true, force: true });
    }
  }
}

const [base = await lastTag()] = process.argv.slice(2);
if (base === undefined) console.log("There is no version before this one: no stack to upgrade.");
else if ((await execa("git", ["rev-parse", "--verify", "--quiet", `${base}^{commit}`], { reject: false })).failed) {
  console.error(`There is no commit '${base}' here: name a tag or a commit, or none for the last tag.`);
  process.exitCode = 2;
} else {
  const harm = await upgradeFrom(base);
  for (const step of harm) console.error(`An upgrade from ${base} would ${step}.`);
  if (harm.length === 0) console.log(`A stack of ${base} goes on: nothing is replaced, deleted or made anew.`);
  process.exitCode = harm.length > 0 ? 1 : 0;
}
