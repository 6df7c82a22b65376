import { Command } from "commander";
import { ConfigError } from "../model/config-error.ts";
import { preflight, type PreflightOptions } from "./preflight.ts";
import { UsageError } from "./stack-file.ts";

const program = new Command("anycast").description("What an operator asks of an anycast network.");

program
  .command("preflight")
  .description(
    "Ask providers and registries whether a stack could announce. Changes nothing. Exit status: 0 yes, 1 problem, 3 waiting for the provider.",
  )
  .requiredOption("--stack <name>", "the stack, as in stacks/Pulumi.<name>.yaml")
  .option("--roas <source>", "validated ROAs: the JSON of rpki-client or Routinator, a file or a URL")
  .option("--loa <file>", "write the letter of authorization there, ready to sign")
  .option("--json", "print {stack, status, findings, byHand, loa}")
  .action(async (options: PreflightOptions) => {
    process.exitCode = await preflight(options, process.env, (text) => console.log(text));
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UsageError || error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
