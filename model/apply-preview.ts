import { z } from "zod";

/** The one JSON object that `anycast-agent plan` prints: what an apply of a manifest would do. */
export const applyPreviewSchema = z.object({
  site: z.string(),
  /** SHA-256 of the manifest, hex. */
  digest: z.string(),
  /** Paths of the files that would be written or removed. */
  changed: z.array(z.string()),
  /** The packages that would get another version, as in `bird2 2.0.12-7 → 2.0.12-8`; not those that these bring along. */
  packages: z.array(z.string()).default([]),
  /** Why everything would be withdrawn meanwhile; null: it would not be. */
  withdraws: z.string().nullable(),
  /** The BGP sessions that would end, for good or for a moment: names of protocols in BIRD. */
  bounces: z.array(z.string()),
});

export type ApplyPreview = z.output<typeof applyPreviewSchema>;
