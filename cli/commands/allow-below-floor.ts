import { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { loadInventory } from "../inventory.ts";
import { operator } from "../operator.ts";
import { plainText } from "../plain-text.ts";
import { onHost, quoted } from "../ssh.ts";
import { withFleet, type FleetOptions } from "./shared.ts";

interface AllowOptions extends FleetOptions {
  readonly reason: string;
}

/** `anycast allow-below-floor PREFIX`. */
export function allowBelowFloorCommand(): Command {
  return withFleet(new Command("allow-below-floor"))
    .description("permit one change to take a prefix below the floor, as the end of the network does")
    .argument("<prefix>")
    .requiredOption("--reason <text>", "why; it stands in the log of every site")
    .addHelpText(
      "after",
      `
Every site then lets one 'pulumi destroy', 'pulumi up' or apply within 15 minutes withdraw the prefix although fewer sites than the floor are left.
Permit each prefix on its own. A site that restarts its agent forgets it.

Example:
  anycast allow-below-floor 203.0.113.0/24 --reason "the network is given up"`,
    )
    .action(async (prefix: string, options: AllowOptions) => {
      const inventory = await loadInventory(options);
      if (!inventory.prefixes.includes(prefix))
        throw new CliError(`there is no prefix ${prefix}: there are ${inventory.prefixes.join(", ")}`);
      const order = `anycast-agent allow-below-floor ${quoted(prefix)} --reason ${quoted(options.reason)} --by ${quoted(operator())}`;
      const asked = await Promise.all(
        Object.values(inventory.sites).map(async (site) => ({
          name: site.name,
          ...(await onHost(site, options.identity, order)),
        })),
      );
      const permitted = asked.filter(({ status }) => status === 0).map(({ name }) => name);
      const problems = asked
        .filter(({ status }) => status !== 0)
        .map(({ name, stderr }) => `${name}: ${plainText(stderr)}`);
      if (permitted.length > 0)
        console.log(`${prefix} may fall below the floor once, within 15 minutes, at ${permitted.join(", ")}`);
      if (problems.length > 0)
        throw new CliError(`not permitted at\n${problems.map((line) => `  ${line}`).join("\n")}`);
    });
}
