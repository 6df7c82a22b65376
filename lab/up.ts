import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "./folder.ts";
import { changeLab } from "./hosts.ts";
import { withHostLock } from "./lock.ts";
import { bootHost } from "./machine.ts";
import { configuredRegions, deployedAddresses, makeStack, pulumi } from "./pulumi.ts";
import { clientsOf, isAsExpected, query, type QueryRow } from "./query.ts";
import { readRehearsal } from "./rehearsal.ts";
import { startedLab, type LabState } from "./state.ts";
import { labStatus } from "./status.ts";
import { queryTable, sessionsTable, sitesTable } from "./tables.ts";
import { isOff } from "./topology.ts";
import { UsageError, oneOf } from "./usage-error.ts";

/** How long routes may take to be everywhere after the deployment, in ms: a session's retry and then some. */
const ROUTES_TIMEOUT = 30_000;

/**
 * Starts the Internet that the stack file wants, and what had stopped of the hosts; deploys the stack; waits for the routes; shows
 * sites, sessions and catchment.
 *
 * @returns 0 when every client was answered as expected, the exit status of `pulumi up` when that failed, else 1
 */
export async function up(lab: Lab): Promise<number> {
  const rehearsal = await readRehearsal(lab);
  if (rehearsal !== undefined)
    throw new UsageError(
      `The lab in ${lab.folder} rehearses '${rehearsal.stack}'. Take it down first: npm run lab -- down`,
    );
  await makeStack(lab);
  const { sites, clients } = configuredRegions();
  const state = await step("Internet", () => changeLab(lab, (current) => withRegions(current, sites, clients)));
  await bootStopped(lab, state);
  const status = await pulumi(lab, ["up", "--yes", "--skip-preview", "--suppress-outputs"]);
  if (status !== 0) return status;
  return showNetwork(lab);
}

/**
 * Waits for the routes, and shows sites, sessions and catchment.
 *
 * @returns 0 when every client was answered as expected, else 1
 */
export async function showNetwork(lab: Lab): Promise<number> {
  const rows = await waitForAnswers(lab);
  const now = await labStatus(lab);
  process.stdout.write(`\n${sitesTable(now)}\n${sessionsTable(now)}\n${queryTable(rows)}`);
  const wrong = rows.filter((row) => !isAsExpected(row)).length;
  if (wrong === 0) return 0;
  process.stderr.write(`\n${wrong} of ${rows.length} questions were not answered as the routers' tables predict.\n`);
  return 1;
}

/** The state with the regions of a stack file; regions with hosts stay until the hosts go. */
export function withRegions(state: LabState, sites: readonly string[], clients: readonly string[]): LabState {
  const used = new Set(Object.values(state.hosts).map(({ region }) => region));
  return {
    ...state,
    clients: [...new Set(clients)],
    awaited: [...new Set(sites)].filter((region) => !used.has(region)),
  };
}

async function bootStopped(lab: Lab, state: LabState): Promise<void> {
  const hosts = Object.values(state.hosts).filter((host) => !isOff(host));
  await Promise.all(hosts.map((host) => withHostLock(lab, host.site, () => bootHost(lab, state, host))));
}

/** Does something and says how long it took. */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  process.stderr.write(`ok  ${title}  ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  return result;
}

/** Asks until every client is answered as expected, or it takes too long. */
async function waitForAnswers(lab: Lab): Promise<QueryRow[]> {
  const deadline = Date.now() + ROUTES_TIMEOUT;
  const addresses = await deployedAddresses(lab);
  for (;;) {
    const rows = await queryAddresses(lab, addresses);
    if (rows.every(isAsExpected) || Date.now() > deadline) return rows;
    await sleep(500);
  }
}

/**
 * Asks the deployed DNS services from the lab's clients.
 *
 * @param client name of the only client to ask from; default all
 * @throws Error when there is no lab or nothing is deployed in it
 */
export async function queryLab(lab: Lab, client?: string): Promise<QueryRow[]> {
  await startedLab(lab); // asked first: to ask Pulumi would make the folder of a lab
  return queryAddresses(lab, await deployedAddresses(lab), client);
}

/** Asks some addresses, from one client or from all. */
export async function queryAddresses(lab: Lab, addresses: readonly string[], client?: string): Promise<QueryRow[]> {
  const state = await startedLab(lab);
  const all = clientsOf(lab, state);
  return query(lab, state, addresses, client === undefined ? all : [oneOf("client", client, all)]);
}
