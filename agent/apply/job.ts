import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { z } from "zod";
import { AgentError } from "../error.ts";
import { said, type Run } from "../exec.ts";
import { ownBundle } from "../version.ts";
import { STATE } from "./host.ts";
import { readJson, writeJson } from "./json-file.ts";

/** Where jobs have their input and leave their outcome; in memory, as neither means anything after a boot. */
const JOBS = "/run/anycast-jobs";

/** Milliseconds to wait for a job: for those before it, for slow services, for the longest soak, for the way back. */
const PATIENCE = 30 * 60_000;

const outcomeSchema = z.discriminatedUnion("ok", [
  z.strictObject({ ok: z.literal(true), output: z.string() }),
  z.strictObject({ ok: z.literal(false), error: z.string() }),
]);

/** How a job ended: what it has to say, or why it failed. */
export type Outcome = z.output<typeof outcomeSchema>;

/** What a job does. */
export type JobKind = "apply" | "rollback" | "retire";

/**
 * Has a job done by a systemd unit of its own, and waits for it. When this process dies, as with a connection that is cut,
 * the job goes on to its end; when the job dies, systemd has everything put back.
 *
 * @returns the job's output
 * @throws AgentError when the job failed
 */
export async function runJob(run: Run, kind: JobKind, input: string): Promise<string> {
  const id = randomUUID();
  await writeJson(inputOf(id), input);
  try {
    const finished = await run(unitCommand(kind, id), { timeout: PATIENCE });
    const outcome = await readJson(outcomeOf(id), outcomeSchema);
    if (outcome === undefined) throw new AgentError(await fate(kind, said(finished)));
    if (!outcome.ok) throw new AgentError(outcome.error);
    return outcome.output;
  } finally {
    await rm(`${JOBS}/${id}`, { recursive: true, force: true });
  }
}

/** The input that a job was given. */
export async function jobInput(id: string): Promise<string> {
  const input = await readJson(inputOf(id), z.string());
  if (input === undefined) throw new AgentError(`there is no job ${id}`);
  return input;
}

/** Leaves a job's outcome for whoever waits for it. */
export async function endJob(id: string, outcome: Outcome): Promise<void> {
  await writeJson(outcomeOf(id), outcome);
}

function unitCommand(kind: JobKind, id: string): string[] {
  const agent = `${process.execPath} ${ownBundle()}`;
  return [
    "systemd-run",
    `--unit=anycast-${kind}-${id.slice(0, 8)}`,
    `--description=Anycast: ${kind}`,
    `--property=SyslogIdentifier=anycast-${kind}`,
    `--property=ExecStopPost=-/bin/sh -c 'test ! -e ${STATE.journal} || exec ${agent} recover'`,
    "--collect",
    "--quiet",
    "--wait",
    ...agent.split(" "),
    "job",
    kind,
    id,
  ];
}

/** What became of a job that left no outcome: it never began, or it was killed. */
async function fate(kind: JobKind, words: string): Promise<string> {
  const half = (await readJson(STATE.journal, z.unknown())) !== undefined;
  const state = half ? "The host is half-way: run 'anycast-agent recover' there." : "Everything is as it was before.";
  return `the ${kind} was killed or did not start (${words}; see 'journalctl -t anycast-${kind}'). ${state}`;
}

function inputOf(id: string): string {
  return `${JOBS}/${id}/input.json`;
}

function outcomeOf(id: string): string {
  return `${JOBS}/${id}/outcome.json`;
}
