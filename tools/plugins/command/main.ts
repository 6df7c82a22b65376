import { main } from "@pulumi/pulumi/provider/index.js";
import { engineLog } from "./engine-log.ts";
import { CommandProvider } from "./provider.ts";

/** Ends this process soon after its parent: `pulumi` killed by force leaves no plugin behind. */
function exitWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, 1000).unref();
}

const args = process.argv.slice(2);
exitWithParent();
// `main` prints the stack of each failed operation here, which the engine would show beside the error itself.
console.error = () => {};
main(new CommandProvider(engineLog(args.at(-1))), args).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
