import { z } from "zod";
import type { SiteInventory } from "../model/inventory.ts";
import { CliError } from "./cli-error.ts";
import { parseJson } from "./parse-json.ts";
import { oneLine, plainText } from "./plain-text.ts";
import { ASK_TIMEOUT_MS, onHost, type Ended } from "./ssh.ts";

/** What a site's agent answered, or why there is no answer. */
export type Answer<T> = { readonly value: T } | { readonly problem: string };

/** Asks a site's agent for something, by a command that prints JSON. A host that cannot be asked is a finding, not an error. */
export async function askAgent<T extends z.ZodType>(
  site: Pick<SiteInventory, "management">,
  identity: string | undefined,
  command: string,
  schema: T,
): Promise<Answer<z.output<T>>> {
  return answerIn(site, await onHost(site, identity, `anycast-agent ${command}`), schema);
}

/**
 * The same for one site alone.
 *
 * @param timeoutMs Infinity: as long as the connection lives
 * @throws CliError that says why there is no answer
 */
export async function agentOn<T extends z.ZodType>(
  site: Pick<SiteInventory, "management" | "name">,
  identity: string | undefined,
  command: string,
  schema: T,
  timeoutMs = ASK_TIMEOUT_MS,
): Promise<z.output<T>> {
  const answer = answerIn(site, await onHost(site, identity, `anycast-agent ${command}`, timeoutMs), schema);
  if ("value" in answer) return answer.value;
  throw new CliError(`${site.name}: ${answer.problem.replace(/^anycast-agent: (?:\S+: )?/, "")}`);
}

/**
 * What a command that ended on a site's host has answered: the JSON of the last line that it printed, as a shell's start-up files may
 * print before it. Free of what a terminal would obey.
 */
export function answerIn<T extends z.ZodType>(
  { management }: Pick<SiteInventory, "management">,
  { unreachable, status, stdout, stderr }: Ended,
  schema: T,
): Answer<z.output<T>> {
  const problem = plainText(stderr).trim();
  if (unreachable) return { problem: `SSH to ${management.address}: ${problem}` };
  const json = jsonIn(stdout);
  const parsed = schema.safeParse(json);
  if (parsed.success) return { value: parsed.data };
  if (status !== 0) return { problem: problem || `its agent ended with status ${status} and no message` };
  const reason =
    json === undefined ? `no JSON: ${oneLine(plainText(stdout), 60) || "nothing"}` : firstIssue(parsed.error);
  return { problem: `unexpected reply: the agent may be a different version (${reason})` };
}

function jsonIn(text: string): unknown {
  // What a shell prints to clear the screen stands on the same line.
  const last = plainText(text).trimEnd().split("\n").at(-1) ?? "";
  return parseJson(text) ?? parseJson(last);
}

function firstIssue(error: z.ZodError): string {
  return oneLine(z.prettifyError(error).split("\n").slice(0, 2).join(" "), 200);
}
