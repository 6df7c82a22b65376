import { AgentError, messageOf } from "./error.ts";

// What `run` does not need is not even loaded for it: it has to be small.
const args = process.argv.slice(2);
try {
  if (args.join(" ") === "run") await (await import("./run/run.ts")).runAgent();
  else await (await import("./commands.ts")).carryOut(args);
} catch (error) {
  console.error(`anycast-agent: ${await explain(error)}`);
  process.exitCode = 1;
}

/** One message, with the site where it is known; the stack only in the log of the agent itself, of what nobody thought of. */
async function explain(error: unknown): Promise<string> {
  if (!(error instanceof AgentError))
    return `unexpected: ${args[0] === "run" && error instanceof Error ? error.stack : messageOf(error)}`;
  if (args[0] === "job" || args[0] === "run") return error.message;
  const site = (await import("./commands.ts")).ownSite();
  return site === undefined ? error.message : `${site}: ${error.message}`;
}
