import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { manifestSchema } from "../../model/manifest.ts";
import { PATHS } from "../../model/paths.ts";
import { parseJson } from "../config.ts";
import { AgentError, messageOf } from "../error.ts";
import { run } from "../exec.ts";
import { ownBundle } from "../version.ts";
import { readCurrent } from "./current.ts";
import type { Host } from "./host.ts";
import { endJob, jobInput, runJob, type JobKind } from "./job.ts";
import { lock } from "./lock.ts";
import { previewManifest } from "./preview.ts";
import { applyRecorded, type RecordedOrder } from "./recorded.ts";
import { recordsText, summaries } from "./records-text.ts";
import { readRecords, recordToRestore } from "./records.ts";
import { retire } from "./retire.ts";
import type { Order } from "./transaction.ts";
import { finishInterrupted } from "./undo.ts";

const host: Host = { root: "/", run, log: (line) => console.log(line) };

/**
 * Applies the manifest on standard input and prints the result as one line of JSON.
 *
 * @throws AgentError that names the site, as soon as it is known
 */
export async function applyCommand(): Promise<void> {
  // Read to its end first: of an input that was cut off, nothing is done.
  const input = await text(process.stdin);
  const { site } = parseJson(manifestSchema, input, "the manifest on standard input");
  try {
    if (dirname(ownBundle()) !== PATHS.agents) {
      throw new AgentError(`the agent's bundle must be in ${PATHS.agents} to apply; it is ${ownBundle()}`);
    }
    console.log(await runJob(run, "apply", input));
  } catch (error) {
    throw error instanceof AgentError ? new AgentError(`${site}: ${error.message}`) : error;
  }
}

/** The digest of the manifest that was applied last; null when nothing ever was, or this user may not know. */
export async function appliedDigest(): Promise<string | null> {
  return (await readCurrent(host).catch(() => undefined))?.digest ?? null;
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
  const manifest = { ...parseJson(manifestSchema, record.manifest, `the manifest of apply ${id}`), soak: 0 };
  return { id, order: { manifest, digest, bundle, text: record.manifest, rollbackTo: id } };
}

/**
 * Prints what an apply of the manifest on standard input would do, as one line of JSON, and changes nothing.
 *
 * @throws AgentError that names the site, as soon as it is known
 */
export async function planCommand(): Promise<void> {
  const input = await text(process.stdin);
  const { manifest, digest } = orderedBy(input, "the manifest on standard input");
  const unlock = await lock(host);
  try {
    console.log(JSON.stringify(await previewManifest(host, { manifest, digest, bundle: ownBundle() })));
  } catch (error) {
    throw error instanceof AgentError ? new AgentError(`${manifest.site}: ${error.message}`) : error;
  } finally {
    unlock();
  }
}

/** Takes the site off this host. */
export async function retireCommand(): Promise<void> {
  await runJob(run, "retire", "");
}

/** Puts everything back as it was before an apply that was cut off; does nothing when there was none. */
export async function recoverCommand(): Promise<void> {
  const unlock = await lock(host);
  try {
    if (!(await finishInterrupted(host))) console.log("nothing to put back");
  } finally {
    unlock();
  }
}

/** Does a job within its unit. Its outcome is left for the command that waits for it. */
export async function jobCommand(kind: JobKind, id: string): Promise<void> {
  try {
    const input = await jobInput(id);
    const unlock = await lock(host);
    try {
      await endJob(id, { ok: true, output: await work(kind, input) });
    } finally {
      unlock();
    }
  } catch (error) {
    await endJob(id, { ok: false, error: messageOf(error) });
    throw error;
  }
}

async function work(kind: JobKind, input: string): Promise<string> {
  switch (kind) {
    case "apply": {
      const order = { ...orderedBy(input, "the manifest"), bundle: ownBundle() };
      return JSON.stringify(await applyRecorded(host, { ...order, text: input, rollbackTo: null }));
    }
    case "rollback":
      return JSON.stringify(await applyRecorded(host, (await orderBackTo(input)).order));
    case "retire":
      await retire(host);
      return "";
  }
}

/** What a manifest's text asks for; `what` names it in an error. */
function orderedBy(input: string, what: string): Omit<Order, "bundle"> {
  return {
    manifest: parseJson(manifestSchema, input, what),
    digest: createHash("sha256").update(input).digest("hex"),
  };
}
