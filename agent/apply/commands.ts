import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { manifestSchema } from "../../model/manifest.ts";
import { PATHS } from "../../model/paths.ts";
import { parseJson } from "../config.ts";
import { AgentError, messageOf } from "../error.ts";
import { run } from "../exec.ts";
import { ownBundle } from "../version.ts";
import type { Host } from "./host.ts";
import { endJob, jobInput, runJob, type JobKind } from "./job.ts";
import { lock } from "./lock.ts";
import { retire } from "./retire.ts";
import { applyManifest } from "./transaction.ts";
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
      const manifest = parseJson(manifestSchema, input, "the manifest");
      const digest = createHash("sha256").update(input).digest("hex");
      return JSON.stringify(await applyManifest(host, { manifest, digest, bundle: ownBundle() }));
    }
    case "retire":
      await retire(host);
      return "";
  }
}
