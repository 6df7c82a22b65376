import { createInterface } from "node:readline/promises";
import { Command, InvalidArgumentError } from "commander";
import { rollbackPreviewSchema, type RollbackPreview } from "../../model/applies.ts";
import { applyResultSchema } from "../../model/manifest.ts";
import { agentOn } from "../answer.ts";
import { siteNamed } from "../fleet.ts";
import { loadInventory } from "../inventory.ts";
import { UsageError } from "../stack-file.ts";
import { withFleet, type FleetOptions } from "./shared.ts";

interface RollbackOptions extends FleetOptions {
  readonly to?: number;
  readonly yes?: boolean;
}

/** `anycast rollback SITE`. */
export function rollbackCommand(): Command {
  return withFleet(new Command("rollback"))
    .description(
      "take a site back to an earlier apply, by default to the one before; checked and probed like any apply",
    )
    .argument("<site>")
    .option("--to <id>", "the apply to go back to, as 'history' shows it", applyId)
    .option("-y, --yes", "do not ask")
    .addHelpText(
      "after",
      `
'pulumi up' does not know of it: a stack that has not changed leaves the site as it is, and the next change of the stack takes it along.

Examples:
  anycast history ams
  anycast rollback ams --to 7`,
    )
    .action(async (name: string, options: RollbackOptions) => {
      if (options.yes !== true && !process.stdin.isTTY)
        throw new UsageError("there is no terminal to ask on: look with 'anycast history', and say --yes");
      const site = siteNamed(await loadInventory(options), name);
      const to = options.to === undefined ? "" : ` ${options.to}`;
      const preview = await agentOn(site, options.identity, `rollback --dry-run${to}`, rollbackPreviewSchema);
      console.log(previewText(name, preview));
      if (options.yes !== true && !(await agreed())) return;
      const result = await agentOn(site, options.identity, `rollback ${preview.id}`, applyResultSchema, Infinity);
      for (const warning of result.warnings) console.error(`${name}: ${warning}`);
      console.log(
        `${name} is as apply ${preview.id} left it. The stack does not know of it: its next change takes ${name} along again`,
      );
    });
}

function previewText(site: string, { id, changed, packages, withdraws, bounces }: RollbackPreview): string {
  return [
    `${site}, back to apply ${id}, changes ${changed.length + packages.length === 0 ? "nothing" : ""}`.trimEnd(),
    ...[...packages, ...changed].map((each) => `  ${each}`),
    ...(bounces.length === 0 ? [] : [`BGP sessions restart: ${bounces.join(", ")}.`]),
    withdraws === null ? "Nothing is withdrawn meanwhile." : `Everything is withdrawn meanwhile: ${withdraws}.`,
  ].join("\n");
}

async function agreed(): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question("Do it? [y/N] ")).trim());
  } finally {
    terminal.close();
  }
}

function applyId(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("an apply is a number, as 'anycast history' shows it.");
  return Number(text);
}
