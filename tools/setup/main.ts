import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { setUp } from "./set-up.ts";

const [name = "", ...args] = process.argv.slice(2);
try {
  await setUp();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
// The script finds its own arguments, as if it had been run by itself.
const script = resolve(name);
process.argv.splice(1, process.argv.length, script, ...args);
await import(pathToFileURL(script).href);
