import { z } from "zod";
import { at, STATE, type Host } from "./host.ts";
import { readJson } from "./own-file.ts";

/** What was applied last. */
export const currentSchema = z.strictObject({
  format: z.literal(1),
  site: z.string(),
  /** SHA-256 of the manifest, hex. */
  digest: z.string(),
  /** Version of the secrets that are in use. */
  secrets: z.string().nullable(),
  /** The paths that are ours. */
  paths: z.array(z.string()),
});

export type Current = z.output<typeof currentSchema>;

/** What was applied last; undefined when nothing ever was. */
export function readCurrent(host: Host): Promise<Current | undefined> {
  return readJson(at(host, STATE.current), currentSchema);
}
