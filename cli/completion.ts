import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";
import { siteNames, stackNames } from "./stack-file.ts";

/** Adds `anycast completion SHELL`, and the hidden command that the shell then asks: for commands, options, stacks and sites. */
export function addCompletion(program: Command): void {
  const completion = tab(program, { completionCommandName: "completion" });
  for (const command of completion.commands.values()) {
    const stack = command.options.get("stack");
    if (stack !== undefined) stack.handler = among(stackNames);
    const site = command.arguments.get("site");
    if (site !== undefined) site.handler = among(siteNames);
  }
  program.commands
    .find((command) => command.name() === "completion")
    ?.description("print what makes a shell complete commands, options, stacks and sites")
    .addHelpText("after", "\nExamples:\n  source <(anycast completion bash)\n  source <(anycast completion zsh)");
}

function among(names: () => readonly string[]): (complete: (value: string, description: string) => void) => void {
  return (complete) => {
    for (const name of namesOrNone(names)) complete(name, "");
  };
}

/** Outside of a project there is nothing to offer. */
function namesOrNone(names: () => readonly string[]): readonly string[] {
  try {
    return names();
  } catch {
    return [];
  }
}
