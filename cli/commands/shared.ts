import type { Command } from "commander";

/** Options of all commands that go to the hosts. */
export interface FleetOptions {
  readonly stack?: string;
  readonly file?: string;
  readonly identity?: string;
}

/** Adds the options that say which inventory is meant. */
export function withInventory(command: Command): Command {
  return command
    .option("-s, --stack <name>", "the stack whose inventory is meant (default: the selected one)")
    .option("-f, --file <path>", "the inventory as a file of 'anycast inventory', or - for standard input");
}

/** Adds the options of commands that go to the hosts. */
export function withFleet(command: Command): Command {
  return withInventory(command).option("-i, --identity <path>", "the private SSH key (default: what ssh finds)");
}
