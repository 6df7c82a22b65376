import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { build } from "esbuild";
import { namespaceOf, type Lab } from "../../../lab/folder.ts";
import { NAMESPACES } from "../../../lab/namespaces.ts";
import type { Tally } from "./client-program.ts";

/** What a client asked and got. */
export interface ClientTally extends Tally {
  /** The node, as in `client-fra`. */
  readonly client: string;
}

/**
 * Has clients of a lab ask all the while, until the returned function is called.
 *
 * @param rate questions a second of each client by each transport, over all addresses
 */
export async function askFrom(
  lab: Lab,
  clients: readonly string[],
  addresses: readonly string[],
  rate: number,
): Promise<() => Promise<ClientTally[]>> {
  const program = join(lab.folder, "load-client.cjs");
  await build({
    entryPoints: [join(import.meta.dirname, "client-program.ts")],
    bundle: true,
    outfile: program,
    platform: "node",
    format: "cjs",
    target: "node20",
  });
  const stops = clients.map((client) => startClient(lab, client, [program, String(rate), ...addresses]));
  return async () => (await Promise.all(stops.map((stop) => stop()))).flat();
}

function startClient(lab: Lab, client: string, argv: readonly string[]): () => Promise<ClientTally[]> {
  // They stand for other people's machines: what a change takes of this one's processors must not make them late.
  const first = ["-n", "-10", "nsenter", `--net=${NAMESPACES}/${namespaceOf(lab, client)}`];
  const child = spawn("nice", [...first, process.execPath, ...argv], { stdio: ["pipe", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const ended = once(child, "close");
  return async () => {
    child.stdin.end();
    await ended;
    return (JSON.parse(output) as Tally[]).map((tally) => ({ client, ...tally }));
  };
}
