import type { ManifestFile } from "../../model/manifest.ts";

/** The commands that a unit starts, to be run as a shell would; those with a `-` may fail. */
export function unitCommands(unit: ManifestFile | undefined): string[] {
  return [...(unit?.content ?? "").matchAll(/^ExecStart=(.*)$/gm)].map(([, command = ""]) =>
    command.startsWith("-") ? `${command.slice(1)} || true` : command,
  );
}
