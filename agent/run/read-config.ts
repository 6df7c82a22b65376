import { AgentError } from "../error.ts";
import { run, said } from "../exec.ts";
import { ownBundle } from "../version.ts";
import type { Parsed } from "./parse-config.ts";

/**
 * Reads all that the agent is configured by, in a short process of our own: the schema library would cost this one, which runs for
 * ever, 6 MiB of memory.
 *
 * @throws AgentError that names the file and what is wrong in it
 */
export async function readConfig(path: string): Promise<Parsed> {
  const finished = await run([process.execPath, ownBundle(), "parse-config", path]);
  if (finished.status !== 0) throw new AgentError(said(finished).replace(/^anycast-agent: /, ""));
  return JSON.parse(finished.stdout) as Parsed;
}
