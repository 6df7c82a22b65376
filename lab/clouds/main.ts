import { main } from "@pulumi/pulumi/provider/index.js";
import { thisLab } from "../folder.ts";
import type { Cloud } from "./cloud.ts";
import { equinixMetal } from "./equinix-metal.ts";
import { CloudProvider } from "./provider.ts";

const CLOUDS: Readonly<Record<string, Cloud>> = { "equinix-metal": equinixMetal };

/** Ends this process soon after its parent: `pulumi` killed by force leaves no plugin behind. */
function exitWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, 1000).unref();
}

async function run([name = "", ...args]: readonly string[]): Promise<void> {
  const cloud = CLOUDS[name];
  if (cloud === undefined) throw new Error(`There is no simulated cloud '${name}'.`);
  if ((process.env["ANYCAST_REHEARSAL"] ?? "") === "")
    throw new Error(
      `This is the lab's simulated cloud for the package '${name}': only 'npm run lab -- rehearse' uses it. Take its folder off PATH.`,
    );
  await main(new CloudProvider(thisLab(), cloud), [...args]);
}

// What a host's own services read must not depend on who starts it.
process.umask(0o022);
exitWithParent();
// `main` prints the stack of each failed operation here, which the engine would show beside the error itself.
console.error = () => {};
run(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
