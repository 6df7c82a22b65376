import { PATHS } from "../model/paths.ts";
import { withdrawNow } from "./announcer/withdraw-now.ts";
import { applyCommand, jobCommand, recoverCommand, retireCommand } from "./apply/commands.ts";
import type { JobKind } from "./apply/job.ts";
import { loadConfig } from "./config.ts";
import { AgentError, messageOf } from "./error.ts";
import { run } from "./exec.ts";
import { runAgent } from "./run/run.ts";
import { siteStatus } from "./status/status.ts";
import { statusText } from "./status/text.ts";
import { ownVersion } from "./version.ts";

const USAGE = `Usage: anycast-agent COMMAND
  apply             makes the host what the manifest on standard input says, or leaves it as it was
  run               checks the services and announces the prefixes while they are healthy
  status [--json]   what is announced, and why
  recover           puts back what an interrupted apply left half-done
  retire            withdraws, stops and removes everything of ours
  withdraw-now      deletes all markers
  --version         the content hash of this bundle`;

const command = process.argv.slice(2).join(" ");
try {
  await main();
} catch (error) {
  console.error(`anycast-agent: ${explain(error)}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const job = /^job (apply|retire) ([0-9a-f-]{36})$/.exec(command);
  if (job !== null) return jobCommand(job[1] as JobKind, job[2] ?? "");
  switch (command) {
    case "apply":
      return applyCommand();
    case "run":
      return runAgent();
    case "status":
      return console.log(statusText(await siteStatus()));
    case "status --json":
      return console.log(JSON.stringify(await siteStatus()));
    case "recover":
      return recoverCommand();
    case "retire":
      return retireCommand();
    case "withdraw-now":
      return withdrawNow(run);
    case "--version":
      return console.log(ownVersion());
    case "--help":
      return console.log(USAGE);
    default:
      throw new AgentError(`unknown command '${command}'\n${USAGE}`);
  }
}

/** One message for what was foreseen, with the site where it is known; the stack only for what nobody thought of. */
function explain(error: unknown): string {
  if (!(error instanceof AgentError)) return `unexpected: ${error instanceof Error ? error.stack : messageOf(error)}`;
  return command === "apply" ? error.message : `${ownSite()}${error.message}`;
}

function ownSite(): string {
  try {
    return `${loadConfig(PATHS.agentConfig).config.site}: `;
  } catch {
    return "";
  }
}
