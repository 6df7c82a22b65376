import { Command, InvalidArgumentError, Option } from "commander";
import type { FormatName } from "../formats/format.ts";
import { FORMATS } from "../formats/formats.ts";
import { askSites } from "../fleet.ts";
import { loadInventory } from "../inventory.ts";
import { identityOption, withInventory } from "./shared.ts";

interface Options {
  readonly stack?: string;
  readonly file?: string;
  readonly format: FormatName;
  readonly maintainer: string;
  readonly source: string;
  readonly metricsPort: number;
  readonly ask?: boolean;
  readonly identity?: string;
}

/** `anycast inventory`. */
export function inventoryCommand(): Command {
  return withInventory(new Command("inventory"))
    .description("print what is announced where, for people or for other programs")
    .addOption(new Option("--format <format>", "how").choices(Object.keys(FORMATS)).default("json"))
    .option("--maintainer <mntner>", "for rpsl: who maintains the objects", "EXAMPLE-MNT")
    .option("--source <registry>", "for rpsl: the registry", "RIPE")
    .option("--ask", "for markdown: ask the sites what their neighbors have now")
    .addOption(identityOption("with --ask: the private SSH key"))
    .option("--metrics-port <port>", "for prometheus: the port of the agents' metrics", port, 9479)
    .addHelpText(
      "after",
      "\nExamples:\n  anycast inventory --format ansible > hosts.json\n  anycast inventory --format roa --stack prod",
    )
    .action(async (options: Options) => {
      const inventory = await loadInventory(options);
      const found = options.ask === true ? { found: await askSites(inventory, options.identity) } : {};
      process.stdout.write(FORMATS[options.format](inventory, { ...options, ...found, now: new Date() }));
    });
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65535) throw new InvalidArgumentError("a port is 1 to 65535.");
  return value;
}
