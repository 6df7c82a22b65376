import { mkdir } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { hasCommandPlugin, pulumiHome } from "./command-plugin.ts";
import { findPulumi } from "./pulumi-cli.ts";

/**
 * The variables with which the lab and the tests run `pulumi`, beside those of this process: the CLI that the set-up found or
 * made, a state of the lab's own in a folder, and the stand-in for the `command` plugin on PATH where the official one is not there.
 *
 * @param labFolder folder of the lab; the state is kept in its `pulumi` folder, which is made
 * @throws Error when there is no Pulumi CLI yet
 */
export async function labEnvironment(labFolder: string): Promise<Record<string, string>> {
  const cli = await findPulumi();
  if (cli === undefined) throw new Error("There is no Pulumi CLI yet. Run npm run lab or npm test, which get it.");
  const state = resolve(labFolder, "pulumi");
  await mkdir(state, { recursive: true });
  const standIn = !hasCommandPlugin();
  const path = [cli, ...(standIn ? [join(import.meta.dirname, "..", "plugins")] : []), process.env["PATH"] ?? ""];
  return {
    PATH: path.join(delimiter),
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: "lab",
    PULUMI_HOME: pulumiHome(),
    PULUMI_SKIP_UPDATE_CHECK: "1",
    // Without it the engine looks for the official plugin although the stand-in is there: 15 s where nothing can be reached.
    ...(standIn ? { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" } : {}),
  };
}
