import { isGone, VultrError } from "../../clients/vultr/error.ts";
import { changeServer, readServer } from "../../clients/vultr/servers.ts";
import {
  identityOf,
  identityTag,
  type VultrInstanceInputs,
  type VultrServerKind,
} from "../../model/vultr/resources.ts";
import type { Context } from "./resource.ts";
import { allTags } from "./server-fields.ts";

/**
 * Marks a server as complete, when the state has it: from then on no create takes it up. It never fails: the mark is made up for at the
 * end of first contact.
 */
export async function finishServer(
  kind: VultrServerKind,
  id: string,
  inputs: VultrInstanceInputs,
  { api, warn }: Context,
): Promise<void> {
  try {
    await changeServer(api, kind, id, { tags: allTags(inputs, true) });
  } catch (error) {
    if (isGone(error)) return;
    const reason = error instanceof VultrError ? error.reason : (error as Error).message;
    warn(
      `the tag of server '${inputs.label}' still says that it is unfinished: ${reason}. A change of it sets the tag.`,
    );
  }
}

/** Marks a server as complete that a killed process has left unmarked, though the state has it. */
export async function finishForgotten(
  kind: VultrServerKind,
  id: string,
  { api, signal, status }: Context,
): Promise<void> {
  const options = { signal, onWait: status };
  const { tags } = await readServer(api, kind, id, options);
  const mark = identityOf(tags ?? []);
  if (tags === null || tags === undefined || mark === undefined || mark.finished) return;
  const others = tags.filter((tag) => identityOf([tag]) === undefined);
  await changeServer(api, kind, id, { tags: [...others, identityTag(mark.identity)] }, options);
}
