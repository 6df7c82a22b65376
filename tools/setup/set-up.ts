import { resolve } from "node:path";
import { buildBaseImage, hasBaseImage } from "../../lab/base-image.ts";
import { commandPlugin } from "./command-plugin.ts";
import { debianPackages } from "./debian-packages.ts";
import { checkMachine } from "./machine.ts";
import { pulumiCli } from "./pulumi-cli.ts";
import { runStep } from "./step.ts";
import type { Step } from "./step.ts";

/** The lab's base image. */
const baseImage: Step = {
  title: "Debian image of the lab's hosts",
  needed: async () => !hasBaseImage(),
  async run(progress) {
    await buildBaseImage(progress);
    return undefined;
  },
};

const steps = [debianPackages, pulumiCli, commandPlugin, baseImage];

/**
 * Puts in place what the lab and the tests need on this machine and is missing. Prints nothing when nothing is.
 *
 * @throws Error in the user's words
 */
export async function setUp(): Promise<void> {
  const needed = await Promise.all(steps.map((step) => step.needed()));
  if (!needed.includes(true)) return;
  await checkMachine(resolve(import.meta.dirname, "..", ".."));
  for (const step of steps) await runStep(step);
}
