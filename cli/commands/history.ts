import Table from "cli-table3";
import { Command } from "commander";
import { z } from "zod";
import { applySummarySchema, type ApplySummary } from "../../model/applies.ts";
import { agentOn } from "../answer.ts";
import { siteNamed } from "../fleet.ts";
import { loadInventory } from "../inventory.ts";
import { withFleet, type FleetOptions } from "./shared.ts";

/** `anycast history SITE`. */
export function historyCommand(): Command {
  return withFleet(new Command("history"))
    .description("the last 20 applies at a site: what each changed, or why it failed")
    .argument("<site>")
    .option("--json", "for programs")
    .addHelpText(
      "after",
      "\nWhat was announced when, and why: ssh HOST anycast-agent history\n\nExample:\n  anycast history ams --stack prod",
    )
    .action(async (name: string, options: FleetOptions & { readonly json?: boolean }) => {
      const site = siteNamed(await loadInventory(options), name);
      const applies = await agentOn(site, options.identity, "applies --json", z.array(applySummarySchema));
      console.log(options.json === true ? JSON.stringify(applies) : text(applies));
    });
}

function text(applies: readonly ApplySummary[]): string {
  if (applies.length === 0) return "no apply is remembered yet";
  const table = new Table({ head: ["", "id", "began", "took", "outcome", "files"], style: { head: [], border: [] } });
  for (const { current, id, at, took, outcome, cause, rollbackTo, changed } of applies)
    table.push([
      current ? "*" : "",
      id,
      at.replace(/\.\d+Z$/, "Z"),
      `${(took / 1000).toFixed(1)} s`,
      rollbackTo === null ? outcome : `${outcome}, back to ${rollbackTo}`,
      cause ?? changed.join("\n"),
    ]);
  return `${table.toString()}\n* what the host runs. Back to another one: anycast rollback SITE --to ID`;
}
