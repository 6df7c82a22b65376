import { z } from "zod";

/** One thing on a host that is not as it was applied. */
const driftSchema = z.object({
  /** What it is about: the path of a file, a unit, `BIRD` and the like. */
  about: z.string(),
  /** What is wrong. */
  problem: z.string(),
  /** The first line of the file that differs, as the file stands on the host; null where there is none. */
  line: z.int().nullable(),
  /** A unified diff of what was applied and what is there, its first hunks; null where there is none, or it would show a secret. */
  diff: z.string().nullable(),
});

export type Drift = z.output<typeof driftSchema>;

/** What `anycast-agent verify --json` prints. */
export const verificationSchema = z.object({
  site: z.string(),
  /** SHA-256 of the manifest that was applied last, hex. */
  digest: z.string(),
  /** All that differs from it; empty when the host is as it was applied. */
  drift: z.array(driftSchema),
});

export type Verification = z.output<typeof verificationSchema>;
