import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { manifestSchema, type Manifest } from "../../model/manifest.ts";
import { PATHS, recoveredDropIn } from "../../model/paths.ts";
import { parseJson } from "../config.ts";
import { AgentError, messageOf } from "../error.ts";
import { run } from "../exec.ts";
import { ownBundle } from "../version.ts";
import { readApplied } from "./applied.ts";
import { readCurrent } from "./current.ts";
import { readEntry } from "./entry.ts";
import type { Host } from "./host.ts";
import { endJob, jobInput, jobOrigin, newestJob, runJob, type JobKind } from "./job.ts";
import { lock, type LockHolder } from "./lock.ts";
import { previewManifest } from "./preview.ts";
import { applyRecorded, type RecordedOrder } from "./recorded.ts";
import { isRecovered, setRecovered, startAtLast } from "./recovery.ts";
import { recordsText, summaries } from "./records-text.ts";
import { readRecords, recordToRestore } from "./records.ts";
import { retire } from "./retire.ts";
import type { Order } from "./transaction.ts";
import { finishInterrupted } from "./undo.ts";

const host: Host = { root: "/", run, log: (line) => console.log(line) };

/** The digest of the manifest that was applied last; null when nothing ever was, or this user may not know. */
export async function appliedDigest(): Promise<string | null> {
  return (await readCurrent(host).catch(() => undefined))?.digest ?? null;
}

/** Why nothing of ours starts in this boot; undefined when nothing hinders it, as on a host set up by hand. */
export async function notRecovered(): Promise<string | undefined> {
  const needsFlag = (await readEntry(recoveredDropIn("anycast-agent.service"))).kind === "file";
  if (!needsFlag || (await isRecovered(host))) return undefined;
  return "not recovered: an apply was cut off, and putting everything back at boot failed, so nothing starts. See 'journalctl -b -u anycast-undo' there, then run 'anycast-agent recover'";
}

/** Prints the applies that are remembered. */
export async function appliesCommand(json: boolean): Promise<void> {
  const all = summaries(await readRecords(host), (await readCurrent(host))?.digest);
  console.log(json ? JSON.stringify(all) : recordsText(all));
}

/**
 * Goes back to an apply that is remembered, and prints the result as one line of JSON; or tells only what that would do.
 *
 * @param args `[--dry-run] [ID]`; default the apply before the current one
 * @throws AgentError when there is none, or it did not work
 */
export async function rollbackCommand(args: readonly string[]): Promise<void> {
  const numbers = args.filter((each) => each !== "--dry-run");
  if (numbers.length > 1 || !numbers.every((each) => /^\d+$/.test(each)))
    throw new AgentError("Usage: anycast-agent rollback [--dry-run] [ID], with an ID of 'anycast-agent applies'");
  const { id, order } = await orderBackTo(numbers[0]);
  if (args.includes("--dry-run")) console.log(JSON.stringify({ id, ...(await previewManifest(host, order)) }));
  else console.log(await runJob(run, "rollback", String(id)));
}

/** The order to go back to an apply that is remembered. What was well once is not watched for long: whoever goes back is in a hurry. */
async function orderBackTo(wanted: string | undefined): Promise<{ id: number; order: RecordedOrder }> {
  const records = await readRecords(host);
  const current = (await readCurrent(host))?.digest;
  const record = recordToRestore(records, current, wanted === undefined ? undefined : Number(wanted));
  const { id, digest, bundle } = record;
  const recorded = parseJson(manifestSchema, record.manifest, `the manifest of apply ${id}`);
  const pinned = Object.keys((await readApplied(host))?.manifest.packages ?? {});
  const manifest = { ...recorded, packages: packagesOf(recorded, record.packages, pinned), soak: 0 };
  return { id, order: { manifest, digest, bundle, text: record.manifest, rollbackTo: id } };
}

/** The versions that an apply named and, of packages that were pinned since, those that it found. */
function packagesOf(
  { packages }: Manifest,
  left: Readonly<Record<string, string>>,
  pinned: readonly string[],
): Manifest["packages"] {
  const since = Object.entries(left).filter(([name]) => pinned.includes(name));
  return { ...Object.fromEntries(since), ...packages };
}

/**
 * Prints what an apply of the manifest on standard input would do, as one line of JSON, and changes nothing.
 *
 * @throws AgentError that names the site, as soon as it is known
 */
export async function planCommand(): Promise<void> {
  const { manifest, digest } = orderedBy(await text(process.stdin));
  const order = { manifest, digest, bundle: ownBundle() };
  const holder = { what: "preview", from: null };
  console.log(JSON.stringify(await lockedFor(manifest.site, holder, () => previewManifest(host, order))));
}

/** Takes the site off this host. */
export async function retireCommand(): Promise<void> {
  await runJob(run, "retire");
}

/** Puts everything back as it was before an apply that was cut off, and starts what did not start at boot because of it. */
export async function recoverCommand(): Promise<void> {
  await locked({ what: "recovery", from: null }, async () => {
    const isLate = !(await isRecovered(host));
    if (!(await finishInterrupted(host))) console.log("nothing to put back");
    await setRecovered(host);
    if (isLate) await startAtLast(host);
  });
}

/** Does a job within its unit. Its outcome is left for whoever waits for it. */
export async function jobCommand(kind: JobKind, id: string, argument: string): Promise<void> {
  try {
    await endJob(id, { output: await work(kind, id, argument) });
  } catch (error) {
    await endJob(id, { error: messageOf(error) });
    throw error;
  }
}

async function work(kind: JobKind, id: string, argument: string): Promise<string> {
  const holder = { what: kind, from: await jobOrigin(id) };
  switch (kind) {
    case "apply":
      return applyInput(id, holder);
    case "rollback":
      return locked(holder, async (waited) => {
        if (waited) await refuseOvertaken(id);
        return JSON.stringify(await applyRecorded(host, (await orderBackTo(argument)).order));
      });
    case "retire":
      await locked(holder, () => retire(host));
      return "";
  }
}

/**
 * Applies a manifest; returns the result as one line of JSON. Of an input that was cut off, nothing is done.
 *
 * @throws AgentError that names the site, as soon as it is known
 */
async function applyInput(id: string, holder: LockHolder): Promise<string> {
  const input = await jobInput(id);
  const { manifest, digest } = orderedBy(input);
  const bundle = ownBundle();
  const result = await lockedFor(manifest.site, holder, async (waited) => {
    if (dirname(bundle) !== PATHS.agents)
      throw new AgentError(`the agent's bundle must be in ${PATHS.agents} to apply; it is ${bundle}`);
    if (waited) await refuseOvertaken(id);
    return applyRecorded(host, { manifest, digest, bundle, text: input, rollbackTo: null });
  });
  return JSON.stringify(result);
}

/** Refuses a job that waited so long that another one came after it, as one whose `pulumi up` was killed: the last word counts. */
async function refuseOvertaken(id: string): Promise<void> {
  const newest = await newestJob();
  if (newest !== undefined && newest !== id)
    throw new AgentError("a newer apply or rollback came while this one waited for its turn. Nothing was changed");
}

/** As {@link locked}, with the site's name in what is told when it fails. */
async function lockedFor<Result>(
  site: string,
  holder: LockHolder,
  task: (waited: boolean) => Promise<Result>,
): Promise<Result> {
  return locked(holder, task).catch((error: unknown) => {
    throw error instanceof AgentError ? new AgentError(`${site}: ${error.message}`) : error;
  });
}

/** Runs a task while no other job changes this host; the task gets whether it had to wait. */
async function locked<Result>(holder: LockHolder, task: (waited: boolean) => Promise<Result>): Promise<Result> {
  const { waited, unlock } = await lock(host, holder);
  try {
    return await task(waited);
  } finally {
    unlock();
  }
}

/** What the text of a manifest on standard input asks for. */
function orderedBy(input: string): Omit<Order, "bundle"> {
  return {
    manifest: parseJson(manifestSchema, input, "the manifest on standard input"),
    digest: createHash("sha256").update(input).digest("hex"),
  };
}
