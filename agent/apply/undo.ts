import { readFile } from "node:fs/promises";
import { messageOf } from "../error.ts";
import { restorePackages } from "./dpkg.ts";
import { Hold } from "./hold.ts";
import type { Host } from "./host.ts";
import { closeJournal, dropBackup, readJournal, restoreFiles, type Journal } from "./journal.ts";
import { systemctl } from "./perform.ts";
import { expectedNow, probeServices } from "./probe.ts";
import { transit, withdrawFirst } from "./transition.ts";
import { UNITS } from "./units.ts";

/** The boot that the host is in. */
export async function bootId(): Promise<string> {
  return (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
}

/** Undoes a transaction that a crash cut off. Returns whether there was one. */
export async function finishInterrupted(host: Host): Promise<boolean> {
  const journal = await readJournal(host);
  if (journal === undefined) return false;
  host.log("an apply was cut off before its end");
  await undo(host, journal);
  return true;
}

/** Puts everything back as it was before a transaction: the files, and the services unless the host has booted since. Can be repeated. */
export async function undo(host: Host, journal: Journal, hold: Hold = new Hold(host)): Promise<void> {
  host.log(`putting everything back: ${journal.paths.length} files`);
  if (journal.boot === (await bootId())) await undoLive(host, journal, hold);
  else await undoAtBoot(host, journal);
  await closeJournal(host);
  await dropBackup(host);
}

async function undoLive(host: Host, journal: Journal, hold: Hold): Promise<void> {
  try {
    // Half-way is worse than announced: whatever hinders the withdrawal does not hinder the way back.
    await withdrawFirst(host, journal.undo, hold, { patience: 0 }).catch((error: unknown) =>
      host.log(messageOf(error)),
    );
    await transit(host, {
      actions: journal.undo,
      hold,
      swapFiles: async () => {
        await restorePackages(host, journal.packages);
        await restoreFiles(host, journal);
      },
      untilHealthy: () => untilHealthy(host),
      birdTimeout: undefined,
    });
  } finally {
    hold.release();
  }
}

/** A site that was not healthy before need not become so now. */
async function untilHealthy(host: Host): Promise<void> {
  const expected = await expectedNow(host);
  if (expected !== undefined) await probeServices(expected, performance.now());
}

/** The services wait for this to end, and start with the files that stand here then. */
async function undoAtBoot(host: Host, journal: Journal): Promise<void> {
  const { undo: actions } = journal;
  await restorePackages(host, journal.packages);
  await restoreFiles(host, journal);
  if (actions.daemonReload) await systemctl(host, "daemon-reload");
  if (actions.disable.length > 0) await systemctl(host, "disable", ...actions.disable);
  if (actions.enable.length > 0) await systemctl(host, "enable", ...actions.enable);
  const unwanted = UNITS.filter(({ part }) => part !== undefined && actions[part] === "stop").map(({ name }) => name);
  if (unwanted.length > 0) await systemctl(host, "stop", "--no-block", ...unwanted);
}
