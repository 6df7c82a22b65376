import type { ApplyResult } from "../../model/manifest.ts";
import { PACKAGES } from "../../model/packages.ts";
import { messageOf } from "../error.ts";
import { installedVersions } from "./dpkg.ts";
import type { Host } from "./host.ts";
import { keepRecord, type ApplyRecord } from "./records.ts";
import { applyManifest, type Order } from "./transaction.ts";

/** An order, and the text that its manifest came as. */
export interface RecordedOrder extends Order {
  readonly text: string;
  /** The apply that it goes back to by hand; null for one that the stack wants. */
  readonly rollbackTo: number | null;
}

/**
 * Applies, and remembers it: what changed something, what failed, and what was gone back to. That it cannot be remembered, as on a full
 * disk, is told and is no failure: what was applied is valid.
 *
 * @throws AgentError as {@link applyManifest} does
 */
export async function applyRecorded(host: Host, order: RecordedOrder): Promise<ApplyResult> {
  const started = Date.now();
  const remember = async (how: Pick<ApplyRecord, "outcome" | "cause" | "changed">): Promise<string[]> => {
    const { digest, bundle, text: manifest, rollbackTo } = order;
    try {
      await keepRecord(host, {
        at: new Date(started).toISOString(),
        took: Date.now() - started,
        digest,
        bundle,
        manifest,
        packages: Object.fromEntries(await installedVersions(host, PACKAGES)),
        rollbackTo,
        ...how,
      });
      return [];
    } catch (error) {
      return [`this apply is not remembered, so nothing can go back to it: ${messageOf(error)}`];
    }
  };
  try {
    const result = await applyManifest(host, order);
    const news = [...result.packages, ...result.changed];
    const isNews = news.length > 0 || order.rollbackTo !== null;
    const problems = isNews ? await remember({ outcome: "applied", cause: null, changed: news }) : [];
    const warnings = [...result.warnings, ...problems];
    for (const warning of warnings) host.log(`warning: ${warning}`);
    return { ...result, warnings };
  } catch (error) {
    for (const problem of await remember({ outcome: "failed", cause: messageOf(error), changed: [] }))
      host.log(problem);
    throw error;
  }
}
