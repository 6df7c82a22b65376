import { z } from "zod";
import { PATHS } from "../../model/paths.ts";
import { keyIn, sshKeysSchema, type SshKeys } from "../../model/ssh-keys.ts";
import { at, type Host } from "../apply/host.ts";
import { readJson, writeJson } from "../apply/own-file.ts";

/** Whom the host lets in for the stack, and whom no more. Unknown keys are of a later release. */
const recordSchema = z.object({
  ...sshKeysSchema.shape,
  /** All users that keys of the stack were ever given to. */
  users: z.array(z.string()),
  /** The keys that were let in once and are no more, as base64: they stay out, whoever puts them back. */
  revoked: z.array(z.string()),
});

export type AccessRecord = z.output<typeof recordSchema>;

/** Reads what is remembered; undefined when the host was never given keys. */
export function readAccess(host: Host): Promise<AccessRecord | undefined> {
  return readJson(at(host, PATHS.sshKeys), recordSchema);
}

export function writeAccess(host: Host, record: AccessRecord): Promise<void> {
  return writeJson(at(host, PATHS.sshKeys), record);
}

/** What is to be remembered once the host is given other keys. */
export function accessAfter(before: AccessRecord | undefined, given: SshKeys): AccessRecord {
  const keys = new Set(given.keys.flatMap((line) => keyIn(line) ?? []));
  const former = [...(before?.revoked ?? []), ...(before?.keys ?? []).flatMap((line) => keyIn(line) ?? [])];
  return {
    ...given,
    users: [...new Set([...(before?.users ?? []), given.user])],
    revoked: [...new Set(former)].filter((key) => !keys.has(key)),
  };
}
