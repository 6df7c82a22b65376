import type { Lab } from "./folder.ts";
import { inspectNode } from "./namespaces.ts";
import { nodeNames } from "./exec.ts";
import { NODE_ENVIRONMENT, entering } from "./node-process.ts";
import { tryRun } from "./process.ts";
import { deployedPrefixes } from "./pulumi.ts";

/** Permits every site to withdraw all that is deployed, as the whole network is about to end: in a lab nobody is harmed by it. */
export async function permitTheEnd(lab: Lab): Promise<void> {
  const prefixes = await deployedPrefixes(lab);
  const sites = (await nodeNames(lab)).filter((name) => name.startsWith("site-"));
  for (const site of sites) {
    const init = inspectNode(lab, site)?.init;
    if (init === undefined) continue;
    for (const prefix of prefixes) {
      const order = [
        "anycast-agent",
        "allow-below-floor",
        prefix,
        "--reason",
        "the end of the rehearsal",
        "--by",
        "lab",
      ];
      // Where no agent runs, nobody has to permit anything.
      await tryRun("nsenter", entering(init, order), { env: NODE_ENVIRONMENT });
    }
  }
}
