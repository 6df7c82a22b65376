import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { madeOnce } from "./cache.ts";
import { runCommand } from "./command.ts";

/**
 * A Python that has exactly what a requirements file lists, in a virtual environment in the cache folder; made when it is not there yet.
 *
 * @param name of the environment, unique in the cache folder
 * @param requirements path of the file; it has to name all that is needed, as `pip freeze` does
 * @returns the interpreter. Programs run by `-m`: scripts name the folder in which they were made
 */
export async function pythonWith(name: string, requirements: string): Promise<string> {
  const folder = await madeOnce(name, [await readFile(requirements, "utf8")], async (made) => {
    await runCommand("python3", ["-m", "venv", made], { progress: () => {} });
    const pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--requirement", requirements];
    await runCommand(join(made, "bin/python3"), pip, { progress: () => {} });
  });
  return join(folder, "bin/python3");
}
