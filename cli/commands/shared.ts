import { Option, type Command } from "commander";

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
  return withInventory(command).addOption(identityOption("the private SSH key"));
}

/** The option that names the SSH key. */
export function identityOption(what: string): Option {
  return new Option("-i, --identity <path>", `${what} (default: what ssh finds)`).env("ANYCAST_IDENTITY");
}

/** The option of a command that reads a stack file: as Pulumi does, it takes the stack that `PULUMI_STACK` names. */
export function stackOption(): Option {
  return new Option("-s, --stack <name>", "the stack, as in stacks/Pulumi.<name>.yaml; also <org>/<name>")
    .env("PULUMI_STACK")
    .makeOptionMandatory();
}
