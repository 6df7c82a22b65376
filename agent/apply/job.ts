import { readFile } from "node:fs/promises";
import { PATHS } from "../../model/paths.ts";
import { AgentError, isMissing } from "../error.ts";
import { said, type Run } from "../exec.ts";
import { ownBundle } from "../version.ts";
import { writeText } from "./own-file.ts";

/** Where jobs have their input and leave their outcome, a folder each; in memory, as neither means anything after a boot. */
export const JOBS = "/run/anycast-jobs";

/** The id of the apply or rollback that came last. */
export const NEWEST_JOB = "/run/anycast-newest-job";

/** What the messages of the agent begin with. */
const PREFIX = "anycast-agent: ";

/** Milliseconds to wait for a job: longer than systemd lets it run. */
const PATIENCE = 40 * 60_000;

/** What a job does. */
export type JobKind = "apply" | "rollback" | "retire";

/** How a job ended: what it has to say, which may be nothing, or why it failed. */
type Outcome = { readonly output: string } | { readonly error: string };

/**
 * Has a job done that needs no input, by the script at {@link PATHS.job}.
 *
 * @returns the job's output
 * @throws AgentError when the job failed
 */
export async function runJob(run: Run, kind: Exclude<JobKind, "apply">, ...args: readonly string[]): Promise<string> {
  const finished = await run(["sh", PATHS.job, ownBundle(), kind, ...args], { timeout: PATIENCE });
  if (finished.status === 0) return finished.stdout.trimEnd();
  throw new AgentError(said(finished).replace(PREFIX, ""));
}

/** The input that a job was given. */
export async function jobInput(id: string): Promise<string> {
  try {
    return await readFile(`${JOBS}/${id}/input`, "utf8");
  } catch (error) {
    throw isMissing(error) ? new AgentError(`there is no job ${id}`) : error;
  }
}

/** The address that whoever gave the job used SSH from; null for somebody on the host itself. */
export async function jobOrigin(id: string): Promise<string | null> {
  return (await lineOf(`${JOBS}/${id}/from`)) ?? null;
}

/** The id of the apply or rollback that came last; undefined when that is not known. */
export async function newestJob(): Promise<string | undefined> {
  return lineOf(NEWEST_JOB);
}

async function lineOf(path: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.trim() || undefined;
}

/** Leaves a job's outcome for whoever waits for it. */
export async function endJob(id: string, outcome: Outcome): Promise<void> {
  const [name, text] = "error" in outcome ? ["error", `${PREFIX}${outcome.error}`] : ["output", outcome.output];
  await writeText(`${JOBS}/${id}/${name}`, text === "" ? "" : `${text}\n`);
}
