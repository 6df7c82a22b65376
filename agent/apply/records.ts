import { mkdir, readdir, rm } from "node:fs/promises";
import { z } from "zod";
import { applySummarySchema } from "../../model/applies.ts";
import { manifestSchema } from "../../model/manifest.ts";
import { parseJson } from "../config.ts";
import { AgentError, isMissing } from "../error.ts";
import { at, STATE, type Host } from "./host.ts";
import { readJson, writeJson } from "./own-file.ts";

/** How many applies are kept. */
const KEPT = 20;

/** All that is told of an apply, and what it takes to go back to it. */
const recordSchema = z.strictObject({
  ...applySummarySchema.omit({ current: true }).shape,
  format: z.literal(1),
  /** Absolute path of the agent's bundle that belongs to it. */
  bundle: z.string(),
  /** The manifest as it came. */
  manifest: z.string(),
  /** Debian package → the version that it left, pinned or not. An older agent told none. */
  packages: z.record(z.string(), z.string()).default({}),
});

/** An apply that is over, as the host remembers it. */
export type ApplyRecord = z.output<typeof recordSchema>;

/** The last 20 applies that changed something or failed, the oldest first. One that cannot be read, as after a full disk, is left out. */
export async function readRecords(host: Pick<Host, "root">): Promise<ApplyRecord[]> {
  const read = (id: number) => readJson(pathOf(host, id), recordSchema).catch(() => undefined);
  const records = await Promise.all((await ids(host)).map(read));
  return records.filter((record) => record !== undefined);
}

/** Remembers an apply, and forgets the oldest ones. */
export async function keepRecord(host: Pick<Host, "root">, record: Omit<ApplyRecord, "format" | "id">): Promise<void> {
  await mkdir(at(host, STATE.applies), { recursive: true, mode: 0o700 });
  const known = await ids(host);
  const id = (known.at(-1) ?? 0) + 1;
  await writeJson(pathOf(host, id), { format: 1, id, ...record } satisfies ApplyRecord);
  for (const old of [...known, id].slice(0, -KEPT)) await rm(pathOf(host, old), { force: true });
}

/**
 * The apply to go back to.
 *
 * @param current the digest of what was applied last
 * @param wanted its id; default: the newest one that was applied and is another one than the current
 * @throws AgentError that says which there are
 */
export function recordToRestore(
  records: readonly ApplyRecord[],
  current: string | undefined,
  wanted: number | undefined,
): ApplyRecord {
  const applied = records.filter(({ outcome }) => outcome === "applied");
  if (wanted === undefined) {
    const former = applied.findLast(({ digest }) => digest !== current);
    if (former !== undefined) return former;
    throw new AgentError("there is nothing to go back to: no other apply than the current one is remembered");
  }
  const record = records.find(({ id }) => id === wanted);
  if (record?.outcome === "applied") return record;
  const why =
    record === undefined ? `there is no apply ${wanted}` : `apply ${wanted} failed, and left nothing to go back to`;
  const all = applied.map(({ id }) => id).join(", ");
  throw new AgentError(`${why}; applied were: ${all === "" ? "none" : all}. See 'anycast-agent applies'`);
}

/** What stays on a host for the applies that are remembered. */
export interface Kept {
  /** Names of the agent's bundles. */
  readonly bundles: ReadonlySet<string>;
  /** Versions of secrets. */
  readonly secrets: ReadonlySet<string>;
  /** Versions of Debian packages. */
  readonly packages: ReadonlySet<string>;
}

/** What has to stay on the host for the applies that are remembered. */
export function keptFor(records: readonly ApplyRecord[]): Kept {
  // Whatever else an old manifest had.
  const schema = manifestSchema.pick({ secrets: true }).loose();
  const manifests = records.map(({ manifest }) => parseJson(schema, manifest, "a remembered manifest"));
  return {
    bundles: new Set(records.map(({ bundle }) => bundle.split("/").at(-1) ?? "")),
    secrets: new Set(manifests.flatMap(({ secrets }) => secrets ?? [])),
    packages: new Set(records.flatMap(({ packages }) => Object.values(packages))),
  };
}

async function ids(host: Pick<Host, "root">): Promise<number[]> {
  const names = await readdir(at(host, STATE.applies)).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const numbers = names.flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? []).map(Number);
  numbers.sort((a, b) => a - b);
  return numbers;
}

function pathOf(host: Pick<Host, "root">, id: number): string {
  return at(host, `${STATE.applies}/${id}.json`);
}
