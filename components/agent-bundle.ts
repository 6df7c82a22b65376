import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { contentHash, type AgentBundle } from "../agent/version.ts";

/** Where the package has the agent, built when the package was; in a checkout there is none. */
const PREBUILT = join(import.meta.dirname, "../agent/anycast-agent.mjs");

/** The agent for the hosts: as it came with the package, or, in a checkout, built from the sources. */
export async function agentBundle(): Promise<AgentBundle> {
  if (existsSync(PREBUILT)) return { path: PREBUILT, hash: contentHash(await readFile(PREBUILT)) };
  // Only here: who installs the package has no bundler.
  const { bundleAgent } = await import("../agent/bundle.ts");
  return bundleAgent();
}
