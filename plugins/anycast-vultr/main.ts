import { fstatSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { vultrOptionsOf } from "../../clients/vultr/api.ts";
import { engineLog } from "./engine-log.ts";
import { VultrProvider } from "./provider.ts";
import { packageSchema } from "./schema.ts";
import { serveProvider } from "./service.ts";

/** Milliseconds between two looks whether the engine is still there. */
const PARENT_INTERVAL_MS = 500;

/** Milliseconds to finish in when the engine ends; it kills a plugin that takes 5 s. */
const FINISH_TIMEOUT_MS = 4000;

/**
 * Ends this process with its engine, also with one that was killed: an engine without its plugin is no harm, a plugin
 * that goes on without its engine makes servers that no state has.
 */
function endWithEngine(): void {
  // The engine holds the other end of this pipe and writes nothing to it.
  const input = fstatSync(0);
  if (input.isFIFO() || input.isSocket()) process.stdin.on("end", end).on("error", end).resume();
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, PARENT_INTERVAL_MS).unref();
}

function end(): void {
  process.exit(1);
}

async function main(): Promise<void> {
  endWithEngine();
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  const engine = engineLog();
  const address = process.argv.slice(2).findLast((argument) => !argument.startsWith("-"));
  if (address !== undefined) engine.attach(address);
  const provider = new VultrProvider(engine.log, vultrOptionsOf(process.env));
  // How an engine ends a plugin in order, its state being written.
  process.once("SIGINT", () => void Promise.race([provider.finish(), setTimeout(FINISH_TIMEOUT_MS)]).finally(end));
  const { port } = await serveProvider(provider, {
    version,
    schema: () => packageSchema(version),
    attach: engine.attach,
  });
  process.stdout.write(`${port}\n`);
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
