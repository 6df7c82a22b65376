import { readFile } from "node:fs/promises";
import { Hold } from "./hold.ts";
import type { Host } from "./host.ts";
import { closeJournal, restoreFiles, type Journal } from "./journal.ts";
import { systemctl } from "./perform.ts";
import { expectedNow, probeServices } from "./probe.ts";
import { transit } from "./transition.ts";
import { UNITS } from "./units.ts";

/** The boot that the host is in. */
export async function bootId(): Promise<string> {
  return (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
}

/** Puts everything back as it was before a transaction: the files, and the services unless the host has booted since. Can be repeated. */
export async function undo(host: Host, journal: Journal, hold: Hold = new Hold()): Promise<void> {
  host.log(`putting everything back: ${journal.paths.length} files`);
  if (journal.boot === (await bootId())) await undoLive(host, journal, hold);
  else await undoAtBoot(host, journal);
  await closeJournal(host);
}

async function undoLive(host: Host, journal: Journal, hold: Hold): Promise<void> {
  try {
    await transit(host, {
      actions: journal.undo,
      hold,
      announced: (await expectedNow(host))?.config.prefixes ?? [],
      swapFiles: () => restoreFiles(host, journal),
      untilHealthy: () => untilHealthy(host),
      birdTimeout: false,
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
  await restoreFiles(host, journal);
  if (actions.daemonReload) await systemctl(host, "daemon-reload");
  if (actions.disable.length > 0) await systemctl(host, "disable", ...actions.disable);
  if (actions.enable.length > 0) await systemctl(host, "enable", ...actions.enable);
  const unwanted = UNITS.filter(({ part }) => part !== undefined && actions[part] === "stop").map(({ name }) => name);
  if (unwanted.length > 0) await systemctl(host, "stop", "--no-block", ...unwanted);
}
