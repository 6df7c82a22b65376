import { accessSync, constants, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The file of an executable as the engine finds it on PATH; undefined when it is not there. */
export function onPath(executable: string): string | undefined {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    try {
      accessSync(join(folder, executable), constants.X_OK);
      return realpathSync(join(folder, executable));
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}
