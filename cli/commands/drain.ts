import { Command } from "commander";
import type { Inventory } from "../../model/inventory.ts";
import { CliError } from "../cli-error.ts";
import { announcing, askSites, siteNamed, type FoundSite } from "../fleet.ts";
import { loadInventory } from "../inventory.ts";
import { giveOrder } from "../order.ts";
import { durationOption } from "./duration-option.ts";
import { withFleet, type FleetOptions } from "./shared.ts";

interface DrainOptions extends FleetOptions {
  readonly reason: string;
  readonly for?: string;
  readonly neverFull?: boolean;
}

/** `anycast drain SITE`. */
export function drainCommand(): Command {
  return withFleet(new Command("drain"))
    .description("let a site's traffic go elsewhere: it stays announced, as the last choice, until 'undrain'")
    .argument("<site>")
    .requiredOption("--reason <text>", "why; whoever looks at the site sees it")
    .option("--for <duration>", "until the drain ends by itself, as in 10m, 2h, 1d", durationOption)
    .option("--never-full", "also while all other sites fail: else it announces in full then, until another one does")
    .addHelpText(
      "after",
      `
The drain survives restarts, reboots and 'pulumi up'. The agent refuses it where no other site would announce in full, also
of two drains at the same time, and where somebody else drained the site; with the same --reason it lasts as long as is said now. Without --for it is an alarm after 24 h. To keep a site drained for good, write 'state: drained' in the stack.

Example:
  anycast drain ams --for 2h --reason "new line card"`,
    )
    .action(async (name: string, options: DrainOptions) => {
      const inventory = await loadInventory(options);
      const site = siteNamed(inventory, name);
      refuseWithoutOthers(inventory, name, await askSites(inventory, options.identity));
      const order = options.neverFull === true ? "drain --never-full" : "drain";
      await giveOrder(site, options.identity, order, { reason: options.reason, for: options.for });
      console.log(`${name} is drained. Back: anycast undrain ${name}`);
    });
}

/** `anycast undrain SITE`. */
export function undrainCommand(): Command {
  return withFleet(new Command("undrain"))
    .description("end a drain by hand: the site announces in full again while it is healthy")
    .argument("<site>")
    .action(async (name: string, options: FleetOptions) => {
      const site = siteNamed(await loadInventory(options), name);
      await giveOrder(site, options.identity, "undrain");
      console.log(`${name} is no longer drained by hand`);
    });
}

/**
 * A drained site still announces, so that no prefix falls below its floor by it; but its traffic needs somebody to go to.
 *
 * @throws CliError when no other site announces a prefix in full
 */
export function refuseWithoutOthers(inventory: Inventory, name: string, found: readonly FoundSite[]): void {
  for (const cidr of inventory.prefixes) {
    const others = announcing(found, cidr, "full").filter((site) => site !== name);
    if (others.length === 0)
      throw new CliError(
        `${name} is not drained: no other site announces ${cidr} in full, so that its traffic had nowhere to go (safety 1). See: anycast status`,
      );
  }
}
