import { PATHS } from "../model/paths.ts";
import { withdrawNow } from "./announcer/withdraw-now.ts";
import { birdSnippet } from "./bird/snippet.ts";
import {
  appliedDigest,
  appliesCommand,
  jobCommand,
  notRecovered,
  planCommand,
  recoverCommand,
  retireCommand,
  rollbackCommand,
} from "./apply/commands.ts";
import type { JobKind } from "./apply/job.ts";
import { loadConfig } from "./config.ts";
import { giveOrder, isOrder } from "./control/orders.ts";
import { AgentError } from "./error.ts";
import { run } from "./exec.ts";
import { peersCommand } from "./fleet/peers-file.ts";
import { readHistory } from "./history/history-file.ts";
import { historyText } from "./history/text.ts";
import { HISTORY } from "./log/observers.ts";
import { PARSE_CONFIG, parseConfig } from "./run/parse-config.ts";
import { checkFile } from "./status/check-file.ts";
import { paintFor } from "./status/paint.ts";
import { siteStatus, type SiteStatus } from "./status/status.ts";
import { isWell, statusText } from "./status/text.ts";
import { verifyCommand } from "./verify/command.ts";
import { ownVersion } from "./version.ts";

const USAGE = `Usage: anycast-agent COMMAND
  plan              tells what an apply of the manifest on standard input would do, as JSON, and changes nothing
  run               checks the services and announces the prefixes while they are healthy
  status [--json]   intended and actual announcements, with cause, age and next step; without --json, the exit
                    status is 1 when a prefix is not announced as it is meant, or an alarm is open
  history [--json]  the last 200 transitions of the prefixes, with their causes
  verify [--json]   how the host differs from what was applied last: files, and what runs by them
  check [FILE]      checks a configuration file; by default the one in use
  bird              prints what BIRD needs to follow the agent, for a host set up by hand
  drain --reason TEXT [--for DURATION] [--never-full] [--by WHO]
                    announces as the last choice from now on, also after a restart; withdraws nothing; in full for as long
                    as only last resorts would announce else, unless --never-full
  undrain [--by WHO]
                    ends that
  withdraw --reason TEXT [--for DURATION] [--by WHO]
                    announces nothing from now on, also after a restart; refused where too few other sites announce
  announce [--by WHO]
                    ends that
  freeze --reason TEXT
                    leaves the routes exactly as they are, whatever the checks say
  thaw              ends that
  reset             forgets the withdrawals so far, so that announcing again is not put off
  allow-below-floor PREFIX --reason TEXT [--by WHO]
                    permits the next apply, drain or retire, within 15 minutes, to take the prefix below the floor
  recover           puts back what an interrupted apply left half-done
  applies [--json]  the last 20 applies, with what they changed or why they failed; * is the current one
  rollback [--dry-run] [ID]
                    goes back to an apply, by default to the one before, as carefully as any apply
  retire            withdraws, stops and removes everything of ours
  withdraw-now      deletes all markers
  peers             exchanges heartbeats with the peers on standard input from now on; changes no route
  --version         the content hash of this bundle`;

/**
 * Carries out any command but `run`, which has a process of its own to live in for ever.
 *
 * @throws AgentError when it failed, or there is no such command
 */
export async function carryOut(args: readonly string[]): Promise<void> {
  const [name = "", ...rest] = args;
  const command = args.join(" ");
  const job = /^job (apply|rollback|retire) ([0-9a-f-]{36})(?: (\d+))?$/.exec(command);
  if (job !== null) return jobCommand(job[1] as JobKind, job[2] ?? "", job[3] ?? "");
  if (isOrder(name)) return console.log(await giveOrder(name, rest));
  switch (name === "check" || name === "rollback" || name === PARSE_CONFIG ? name : command) {
    case "plan":
      return planCommand();
    case "status": {
      const status = await statusOrWhy();
      console.log(statusText(status, paintFor(process.stdout)));
      process.exitCode = isWell(status) ? 0 : 1;
      return;
    }
    case "status --json":
      return console.log(JSON.stringify({ ...(await statusOrWhy()), applied: await appliedDigest() }));
    case "history":
      return console.log(historyText(readHistory(HISTORY)));
    case "history --json":
      return console.log(JSON.stringify(readHistory(HISTORY)));
    case "check":
      return console.log(checkFile(rest[0] ?? PATHS.agentConfig));
    case PARSE_CONFIG:
      return console.log(JSON.stringify(parseConfig(rest[0] ?? PATHS.agentConfig)));
    case "verify":
      return verifyCommand({ json: false });
    case "verify --json":
      return verifyCommand({ json: true });
    case "bird":
      return console.log(birdSnippet(loadConfig(PATHS.agentConfig).config));
    case "applies":
      return appliesCommand(false);
    case "applies --json":
      return appliesCommand(true);
    case "rollback":
      return rollbackCommand(rest);
    case "recover":
      return recoverCommand();
    case "retire":
      return retireCommand();
    case "withdraw-now":
      return withdrawNow(run);
    case "peers":
      return peersCommand();
    case "--version":
      return console.log(ownVersion());
    case "--help":
      return console.log(USAGE);
    default:
      throw new AgentError(`unknown command '${command}'\n${USAGE}`);
  }
}

/** @throws AgentError that says so when nothing may start, as the host is not whole */
async function statusOrWhy(): Promise<SiteStatus> {
  const problem = await notRecovered();
  return siteStatus().catch((error: unknown) => {
    throw problem === undefined ? error : new AgentError(problem);
  });
}

/** The site's name, if it is known, for messages. */
export function ownSite(): string | undefined {
  try {
    return loadConfig(PATHS.agentConfig).config.site;
  } catch {
    return undefined;
  }
}
