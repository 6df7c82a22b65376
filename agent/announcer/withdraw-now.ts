import { PATHS, MARKER_INTERFACE } from "../../model/paths.ts";
import { loadConfig } from "../config.ts";
import { AgentError } from "../error.ts";
import { said, type Run } from "../exec.ts";

/** Deletes all markers at once, whatever the agent is doing or did. The interface is ours alone, so that nothing else is lost. */
export async function withdrawNow(run: Run): Promise<void> {
  const name = markerInterface();
  const finished = await run(["ip", "address", "flush", "dev", name, "scope", "global"]);
  if (finished.status !== 0 && !finished.stderr.includes("does not exist")) {
    throw new AgentError(`the markers on ${name} could not be deleted: ${said(finished)}`);
  }
}

/** A configuration that cannot be read must not keep anything announced. */
function markerInterface(): string {
  try {
    return loadConfig(PATHS.agentConfig).config.interface;
  } catch {
    return MARKER_INTERFACE;
  }
}
