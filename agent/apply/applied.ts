import { z } from "zod";
import { manifestSchema } from "../../model/manifest.ts";
import { messageOf } from "../error.ts";
import { at, STATE, type Host } from "./host.ts";
import { readJson, writeJson } from "./own-file.ts";

const appliedSchema = z.strictObject({
  format: z.literal(1),
  /** SHA-256 of the manifest's text, hex. */
  digest: z.string(),
  /** Absolute path of the agent's bundle that belongs to it. */
  bundle: z.string(),
  manifest: manifestSchema,
});

/** What was applied last, whole: what the host is compared with. */
export type Applied = Omit<z.output<typeof appliedSchema>, "format">;

/** What was applied last; undefined when nothing was, or an agent of an earlier version did it. */
export async function readApplied(host: Host): Promise<Applied | undefined> {
  return readJson(at(host, STATE.applied), appliedSchema);
}

/**
 * Remembers what was applied. That it cannot, as on a full disk, is a warning: the change itself is valid.
 *
 * @returns the warnings
 */
export async function rememberApplied(host: Host, { digest, bundle, manifest }: Applied): Promise<string[]> {
  try {
    await writeJson(at(host, STATE.applied), { format: 1, digest, bundle, manifest });
    return [];
  } catch (error) {
    return [`what was applied is not remembered, so that the host cannot be verified: ${messageOf(error)}`];
  }
}
