import { Command } from "commander";
import { VultrError } from "../clients/vultr/error.ts";
import { ConfigError } from "../model/config-error.ts";
import { CliError } from "./cli-error.ts";
import { addCompletion } from "./completion.ts";
import { allowBelowFloorCommand } from "./commands/allow-below-floor.ts";
import { drainCommand, undrainCommand } from "./commands/drain.ts";
import { historyCommand } from "./commands/history.ts";
import { inventoryCommand } from "./commands/inventory.ts";
import { preflightCommand } from "./commands/preflight.ts";
import { diffCommand, renderCommand } from "./commands/render.ts";
import { rollbackCommand } from "./commands/rollback.ts";
import { statusCommand } from "./commands/status.ts";
import { verifyCommand } from "./commands/verify.ts";
import { announceCommand, withdrawCommand } from "./commands/withdraw.ts";
import { UsageError } from "./stack-file.ts";

const program = new Command("anycast")
  .description("Looks after the anycast network that 'pulumi up' made.")
  .enablePositionalOptions()
  .addCommand(statusCommand())
  .addCommand(verifyCommand())
  .addCommand(drainCommand())
  .addCommand(undrainCommand())
  .addCommand(withdrawCommand())
  .addCommand(announceCommand())
  .addCommand(historyCommand())
  .addCommand(rollbackCommand())
  .addCommand(allowBelowFloorCommand())
  .addCommand(inventoryCommand())
  .addCommand(preflightCommand())
  .addCommand(renderCommand())
  .addCommand(diffCommand())
  .addHelpText(
    "after",
    `
Examples:
  anycast status --stack prod
  anycast verify --stack prod
  anycast drain ams --for 2h --reason "new line card"
  anycast withdraw ams --reason "cooling fails"
  anycast history ams
  anycast rollback ams
  anycast inventory --format prometheus > targets.json
  anycast preflight --stack prod --loa loa.txt
  anycast render --stack prod --out rendered

Exit status: 0 done, 1 not done or not as it is meant, 2 wrong use.

Completion: source <(anycast completion bash), or 'anycast completion --help'.`,
  );
addCompletion(program);
for (const command of [program, ...program.commands])
  command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

// Whoever reads the output has seen enough, as `head` has.
process.stdout.on("error", (error) => process.exit(hasCode(error, "EPIPE") ? 0 : 1));

try {
  await program.parseAsync();
} catch (error) {
  console.error(`anycast: ${explained(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

/** One message for whatever went wrong. A stack trace helps nobody but those who write this: it is printed with ANYCAST_DEBUG. */
function explained(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ([CliError, UsageError, ConfigError, VultrError].some((kind) => error instanceof kind)) return error.message;
  if (process.env["ANYCAST_DEBUG"]) return error.stack ?? error.message;
  // What the system refuses, as a folder that may not be written.
  if ("syscall" in error) return error.message;
  return `unexpected: ${error.message}. Please report it with the output of the same command with ANYCAST_DEBUG=1`;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
