import { Command } from "commander";
import { adopt, preflight, type PreflightOptions } from "../preflight.ts";
import { stackOption } from "./shared.ts";

/** `anycast preflight`. */
export function preflightCommand(): Command {
  return new Command("preflight")
    .description("ask providers and registries whether a stack could announce; changes nothing")
    .addOption(stackOption())
    .option(
      "--roas <source>",
      "validated ROAs: the JSON of rpki-client or Routinator, a file or a URL (default: rpki.vrps of the stack)",
    )
    .option("--loa <file>", "write the letter of authorization there, ready to sign")
    .option("--adopt", "print the shell script that takes servers at Vultr back into a state that was lost")
    .option("--json", "print {stack, status, findings, byHand, loa}")
    .addHelpText("after", "\nExit status: 0 yes, 1 problem, 2 wrong use, 3 waiting for the provider.")
    .action(async ({ adopt: adopting, ...options }: PreflightOptions & { readonly adopt?: boolean }) => {
      if (adopting === true)
        return adopt(
          options.stack,
          process.env,
          (text) => process.stdout.write(text),
          (line) => process.stderr.write(`anycast: ${line}\n`),
        );
      process.exitCode = await preflight(options, process.env, (text) => console.log(text));
    });
}
