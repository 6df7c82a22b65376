import { readFile } from "node:fs/promises";
import { AgentError, messageOf } from "../error.ts";
import { said } from "../exec.ts";
import { restorePackages } from "./dpkg.ts";
import { Hold } from "./hold.ts";
import { readEntry } from "./entry.ts";
import { at, STATE, type Host } from "./host.ts";
import { closeJournal, dropBackup, readJournal, restoreFiles, type Journal } from "./journal.ts";
import { expectedNow, probeServices } from "./probe.ts";
import { transit, withdrawFirst } from "./transition.ts";
import { writeText } from "./own-file.ts";
import { undoScript } from "./undo-script.ts";

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
  else await undoByScript(host, journal);
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

/** Milliseconds that the script may take: packages, and others that are at work with packages. */
const SCRIPT_TIMEOUT_MS = 20 * 60_000;

/** After a boot nothing runs that would have to be withdrawn first. The script is the one that boot-time recovery runs. */
async function undoByScript(host: Host, journal: Journal): Promise<void> {
  const path = at(host, STATE.undo);
  // An older agent wrote none.
  if ((await readEntry(path)).kind === "absent") await writeText(path, undoScript(host, journal));
  const finished = await host.run(["sh", path], { timeout: SCRIPT_TIMEOUT_MS });
  for (const line of finished.stdout.trim().split("\n")) host.log(line);
  if (finished.status !== 0) throw new AgentError(said({ ...finished, stdout: "" }));
}
