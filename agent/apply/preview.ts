import type { ApplyPreview } from "../../model/apply-preview.ts";
import { PATHS } from "../../model/paths.ts";
import { AgentError } from "../error.ts";
import { textOf } from "./changes.ts";
import { readEntry } from "./entry.ts";
import { endedSessions } from "./harm.ts";
import { at, type Host } from "./host.ts";
import { readJournal } from "./journal.ts";
import { inWords } from "./packages.ts";
import { forwardActions } from "./plan.ts";
import { lookAt } from "./situation.ts";
import type { Order } from "./transaction.ts";

/**
 * Tells what an apply would do, and changes nothing. The daemons do not check the files: that is part of an apply, before it touches anything.
 *
 * @throws AgentError when the host is half-way, so that there is nothing to compare with, or the manifest could not be applied
 */
export async function previewManifest(host: Host, order: Order): Promise<ApplyPreview> {
  if ((await readJournal(host)) !== undefined)
    throw new AgentError("an apply was cut off before its end: run 'anycast-agent recover' there, then ask again");
  const { wanted, situation } = await lookAt(host, order);
  const { changes } = situation;
  const { bird, hold } = forwardActions(situation);
  return {
    site: order.manifest.site,
    digest: order.digest,
    changed: changes.map(({ path }) => path),
    packages: situation.packages.map(inWords),
    withdraws: hold,
    bounces: endedSessions({
      bird,
      before: textOf(await readEntry(at(host, PATHS.bird))),
      after: textOf(wanted.get(PATHS.bird)),
      newPasswords: changes.some(({ path, before }) => path === PATHS.birdSecrets && before.kind === "file"),
    }),
  };
}
