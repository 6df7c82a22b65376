import { main } from "@pulumi/pulumi/provider/index.js";
import { answerDryRuns } from "./dry-run.ts";
import { engineLog } from "./engine-log.ts";
import { surviveParent } from "./orphan.ts";
import { CommandProvider } from "./provider.ts";

const args = process.argv.slice(2);
const provider = new CommandProvider(engineLog(args.at(-1)));
surviveParent(provider);
answerDryRuns();
// `main` prints the stack of each failed operation here, which the engine would show beside the error itself.
console.error = () => {};
main(provider, args).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
