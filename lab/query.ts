import { build } from "esbuild";
import { join } from "node:path";
import { familyOf, type Family } from "../model/ip.ts";
import { managementInterface, namespaceOf, type Lab } from "./folder.ts";
import { followRoutes, readForwarding } from "./forwarding.ts";
import { NAMESPACES } from "./namespaces.ts";
import { run } from "./process.ts";
import type { Answer, Question } from "./query-worker.ts";
import type { LabState } from "./state.ts";
import { topology } from "./topology.ts";

/** Where one client's question landed. */
export interface QueryRow {
  /** The node, as in `client-fra`. */
  readonly client: string;
  readonly address: string;
  readonly family: Family;
  readonly transport: "udp" | "tcp";
  /** The site that answered, by its own word; null when none did within a second. */
  readonly site: string | null;
  readonly rttMs: number | null;
  /** The site at which the packets arrive, as the routers' own tables predict; null when they arrive nowhere. */
  readonly expected: string | null;
}

/** The names of the clients of a lab. */
export function clientsOf(lab: Lab, state: LabState): string[] {
  const { nodes } = topology(state, managementInterface(lab));
  return nodes.filter(({ kind }) => kind === "client").map(({ name }) => name);
}

/**
 * Asks the service at every address, from every client, by UDP and TCP, which site it is.
 *
 * @param addresses of DNS services
 * @param clients names of nodes
 */
export async function query(
  lab: Lab,
  state: LabState,
  addresses: readonly string[],
  clients: readonly string[],
): Promise<QueryRow[]> {
  const { links } = topology(state, managementInterface(lab));
  const questions = addresses.flatMap((address): Question[] => [
    { address, transport: "udp" },
    { address, transport: "tcp" },
  ]);
  const worker = await bundledWorker();
  // The tables are read at the time of the answers, not long before or after.
  const [forwarding, answers] = await Promise.all([
    readForwarding(lab, state, addresses),
    Promise.all(clients.map(async (client) => ({ client, answers: await ask(lab, client, worker, questions) }))),
  ]);
  return answers.flatMap(({ client, answers: own }) =>
    own.map(({ address, transport, site, rttMs }) => ({
      client,
      address,
      family: familyOf(address),
      transport,
      site,
      rttMs,
      expected: siteAt(state, followRoutes(links, forwarding, client.slice("client-".length), address)),
    })),
  );
}

/** The site that a host answers as: its name, or that of the host that it replaces. */
function siteAt(state: LabState, host: string | null): string | null {
  return host === null ? null : (state.hosts[host]?.answersAs ?? host);
}

async function ask(lab: Lab, client: string, worker: string, questions: readonly Question[]): Promise<Answer[]> {
  const enter = `--net=${NAMESPACES}/${namespaceOf(lab, client)}`;
  const output = await run("nsenter", [enter, process.execPath, "-", JSON.stringify(questions)], { input: worker });
  return JSON.parse(output) as Answer[];
}

/** The clients' program as one JavaScript text: to run it from TypeScript would take each client half a second. */
async function bundledWorker(): Promise<string> {
  const entry = join(import.meta.dirname, "query-worker.ts");
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    target: "node20",
  });
  return outputFiles[0]?.text ?? "";
}

/** Whether a client got what the routers' tables promise: an answer, from the site at which its packets arrive. */
export function isAsExpected({ site, expected }: QueryRow): boolean {
  return site !== null && site === expected;
}
