import { Command } from "commander";
import { siteNamed } from "../fleet.ts";
import { loadInventory } from "../inventory.ts";
import { giveOrder } from "../order.ts";
import { durationOption } from "./duration-option.ts";
import { withFleet, type FleetOptions } from "./shared.ts";

interface WithdrawOptions extends FleetOptions {
  readonly reason: string;
  readonly for?: string;
}

/** `anycast withdraw SITE`. */
export function withdrawCommand(): Command {
  return withFleet(new Command("withdraw"))
    .description("take a site off the Internet: it announces nothing until 'announce'")
    .argument("<site>")
    .requiredOption("--reason <text>", "why; it is shown to whoever looks at the site")
    .option("--for <duration>", "until the withdrawal ends by itself, as in 10m, 2h, 1d", durationOption)
    .addHelpText(
      "after",
      `
The withdrawal survives restarts, reboots and 'pulumi up'. Without --for it is an alarm after 24 h. The agent refuses it where it would take a prefix
below its floor, or where it hears no other site; the message names the override. Drain the site first: packets under way are lost otherwise.

Examples:
  anycast drain ams --reason "cooling fails" && sleep 60 && anycast withdraw ams --reason "cooling fails"
  anycast withdraw ams --for 2h --reason "new line card"`,
    )
    .action(async (name: string, { reason, ...options }: WithdrawOptions) => {
      const site = siteNamed(await loadInventory(options), name);
      await giveOrder(site, options.identity, "withdraw", { reason, for: options.for });
      console.log(`${name} is withdrawn. Back: anycast announce ${name}`);
    });
}

/** `anycast announce SITE`. */
export function announceCommand(): Command {
  return withFleet(new Command("announce"))
    .description("end a withdrawal by hand: the site announces again while it is healthy")
    .argument("<site>")
    .action(async (name: string, options: FleetOptions) => {
      await giveOrder(siteNamed(await loadInventory(options), name), options.identity, "announce");
      console.log(`${name} is no longer withdrawn by hand`);
    });
}
