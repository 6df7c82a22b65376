import type { Manifest, ManifestFile } from "../../model/manifest.ts";
import { secretsSchema } from "../../model/manifest.ts";
import { normalize } from "node:path";
import { PATHS } from "../../model/paths.ts";
import { AgentError } from "../error.ts";
import type { Entry } from "./entry.ts";
import { at, type Host } from "./host.ts";
import { readJson } from "./own-file.ts";
import { ownerLookup } from "./owners.ts";

/** What each path of ours should be. */
export type Wanted = ReadonlyMap<string, Entry>;

/**
 * All that the host is to have: the manifest's files, those with secrets, and the link to the agent.
 *
 * @param bundle the agent's bundle to use from now on
 * @throws AgentError when the secrets are not on the host, or a path is not allowed or named twice
 */
export async function wantedEntries(host: Host, manifest: Manifest, bundle: string): Promise<Wanted> {
  const ownerOf = await ownerLookup();
  const entry = ({ content, mode, owner }: ManifestFile): Entry => ({
    kind: "file",
    content: Buffer.from(content),
    mode: Number.parseInt(mode, 8),
    ...ownerOf(owner),
  });
  const wanted = new Map<string, Entry>([[PATHS.agent, { kind: "link", target: bundle }]]);
  for (const [path, file] of [
    ...Object.entries(manifest.files),
    ...Object.entries(await secretFiles(host, manifest)),
  ]) {
    if (normalize(path) !== path || path.endsWith("/")) throw new AgentError(`${path} is no plain absolute path`);
    if (path.startsWith(`${PATHS.state}/`)) throw new AgentError(`${path} is where the agent keeps its own state`);
    if (wanted.has(path)) throw new AgentError(`${path} is named twice: in the manifest and in the secrets`);
    wanted.set(path, entry(file));
  }
  return wanted;
}

async function secretFiles(host: Host, { secrets }: Manifest): Promise<Record<string, ManifestFile>> {
  if (secrets === null) return {};
  const path = `${PATHS.secrets}/${secrets}.json`;
  const found = await readJson(at(host, path), secretsSchema);
  if (found !== undefined) return found.files;
  throw new AgentError(
    `the secrets that the manifest names are not on the host: ${path} is missing; replace the site's 'secrets' resource`,
  );
}
