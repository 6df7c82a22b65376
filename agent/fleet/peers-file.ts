import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { z } from "zod";
import { AGENT_USER } from "../../model/agent-user.ts";
import { PATHS } from "../../model/paths.ts";
import { peersSchema, sitesSchema, type Peers } from "../../model/peers.ts";
import { putEntry, readEntry, sameEntry, type Entry } from "../apply/entry.ts";
import { ownerLookup, type Owner } from "../apply/owners.ts";
import { parseJson } from "../config.ts";
import { AgentClient } from "../control/client.ts";
import { isMissing, messageOf } from "../error.ts";

/** Where the names of all sites are, beside the peers. */
const SITES = basename(PATHS.sites);

/**
 * The peers that this site was told of; undefined when it was told of none.
 *
 * @throws AgentError that names the file and what is wrong in it, but nothing of the key
 */
export function loadPeers(path: string = PATHS.peers): Peers | undefined {
  const peers = readIfThere(path, peersSchema);
  if (peers === undefined) return undefined;
  const known = readIfThere(join(dirname(path), SITES), sitesSchema);
  return known === undefined ? peers : { ...peers, sites: known.sites };
}

function readIfThere<Schema extends z.ZodType>(path: string, schema: Schema): z.output<Schema> | undefined {
  try {
    return parseJson(schema, readFileSync(path, "utf8"), path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Puts the peers into place for the agent's eyes only.
 *
 * @param text what is written as `peers.json`, and the names of all sites beside it
 * @returns whether anything changed
 * @throws AgentError when it cannot be used; then the old ones stay
 */
export async function storePeers(text: string, path: string, owner: Owner): Promise<boolean> {
  const { sites, ...peers } = parseJson(peersSchema, text, "the peers on standard input");
  const beside = join(dirname(path), SITES);
  // A list from before would leave new sites out.
  if (sites === undefined) await rm(beside, { force: true });
  const isNewList = sites !== undefined && (await put(beside, { format: 1, sites }, owner));
  return (await put(path, peers, owner)) || isNewList;
}

async function put(path: string, value: unknown, { uid, gid }: Owner): Promise<boolean> {
  const content = Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
  const entry: Entry = { kind: "file", content, mode: 0o640, uid, gid };
  if (sameEntry(await readEntry(path), entry)) return false;
  await putEntry(path, entry);
  return true;
}

/** `anycast-agent peers`: stores the peers on standard input, and has the agent that runs go on with them. Touches no route. */
export async function peersCommand(): Promise<void> {
  const owner = (await ownerLookup())(`root:${AGENT_USER}`);
  const changed = await storePeers(readFileSync(0, "utf8"), PATHS.peers, owner);
  console.log(`${PATHS.peers}: ${changed ? "changed" : "unchanged"}${changed ? await tellAgent() : ""}`);
}

/** An agent that does not run, or that cannot go on with its configuration now, reads the peers when it next does. */
async function tellAgent(): Promise<string> {
  try {
    const agent = await AgentClient.connect();
    try {
      await agent.reload();
      return "";
    } finally {
      agent.close();
    }
  } catch (error) {
    return `; not in use yet: ${messageOf(error)}`;
  }
}
