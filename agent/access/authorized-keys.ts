import { keyIn } from "../../model/ssh-keys.ts";

/**
 * Returns `authorized_keys` with some keys in it and others not; every other line stays as it is.
 *
 * @param wanted lines to add, where no line has their key
 * @param revoked keys, as {@link keyIn} returns them
 */
export function revisedKeys(text: string, wanted: readonly string[], revoked: ReadonlySet<string>): string {
  const lines = text.split("\n");
  const kept = lines.filter((line) => !revoked.has(keyIn(line) ?? ""));
  const there = keysIn(kept.join("\n"));
  const added = wanted.filter((line) => !there.has(keyIn(line) ?? ""));
  if (added.length === 0) return kept.join("\n");
  const before = kept.join("\n");
  return `${before}${before === "" || before.endsWith("\n") ? "" : "\n"}${added.join("\n")}\n`;
}

/** `authorized_keys` of a user that is the stack's alone. */
export function onlyKeys(wanted: readonly string[]): string {
  const about =
    "# By pulumi-anycast: management.sshKeys and the stack's own key. A line of somebody else's does not stay.";
  return `${[about, ...wanted].join("\n")}\n`;
}

/** The keys of all lines. */
export function keysIn(text: string): ReadonlySet<string> {
  return new Set(text.split("\n").flatMap((line) => keyIn(line) ?? []));
}
