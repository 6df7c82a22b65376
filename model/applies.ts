import { z } from "zod";
import { applyPreviewSchema } from "./apply-preview.ts";

/** What `anycast-agent applies --json` prints of an apply, as an operator's machine reads it. */
export const applySummarySchema = z.object({
  /** Counts up at each site. */
  id: z.int(),
  /** When it began, ISO 8601. */
  at: z.string(),
  /** Milliseconds. */
  took: z.number(),
  /** `failed`: everything was put back. */
  outcome: z.enum(["applied", "failed"]),
  /** Why it failed; null when it was applied. */
  cause: z.string().nullable(),
  /** The apply that it went back to by hand; null for one that the stack wanted. */
  rollbackTo: z.int().nullable(),
  /** The paths that it changed. */
  changed: z.array(z.string()),
  /** SHA-256 of the manifest, hex. */
  digest: z.string(),
  /** Whether it is what the host runs. */
  current: z.boolean(),
});

export type ApplySummary = z.output<typeof applySummarySchema>;

/** What `anycast-agent rollback --dry-run` prints: the apply that it would go back to, and what that would do. */
export const rollbackPreviewSchema = applyPreviewSchema.extend({ id: z.int() });

export type RollbackPreview = z.output<typeof rollbackPreviewSchema>;
