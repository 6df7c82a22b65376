import { delimiter, join } from "node:path";
import { METROS } from "../model/metros.ts";
import { labEnvironment } from "../tools/setup/environment.ts";
import { readCloudAccount } from "./clouds/store.ts";
import { vultrOf } from "./clouds/vultr/lab-cloud.ts";
import { serveVultrApi, type VultrApi } from "./clouds/vultr/server.ts";
import { labPaths, makeLabFolder, type Lab } from "./folder.ts";
import { run, runInForeground, tryRun, type Ended } from "./process.ts";
import { readRehearsal } from "./rehearsal.ts";
import { readStackFile } from "./stack-file.ts";
import { startedLab } from "./state.ts";

/** The stack that is deployed in the lab. */
const STACK = "lab";

/** The Pulumi project: the checkout. */
const PROJECT = join(import.meta.dirname, "..");

/** What the CLI is run with. */
interface Setting {
  readonly env: NodeJS.ProcessEnv;
  /** The project. */
  readonly cwd: string;
}

/**
 * The variables with which a network is rehearsed, beside those of this process and Vultr's API: a program takes the simulated clouds, and
 * only them, and announces what it could not elsewhere.
 *
 * @param folder where the state is kept
 */
async function rehearsalEnvironment(lab: Lab, folder: string): Promise<Record<string, string>> {
  const own = await labEnvironment(folder);
  return {
    ...own,
    ANYCAST_LAB_DIR: lab.folder,
    ANYCAST_REHEARSAL: lab.folder,
    PATH: [join(PROJECT, "lab/clouds/bin"), join(PROJECT, "tools/plugins"), own["PATH"]].join(delimiter),
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
}

async function setting(lab: Lab): Promise<Setting> {
  await makeLabFolder(lab);
  const rehearsal = await readRehearsal(lab);
  if (rehearsal !== undefined) {
    const env = { ...process.env, ...(await rehearsalEnvironment(lab, lab.folder)), PULUMI_STACK: rehearsal.stack };
    return { cwd: rehearsal.project, env };
  }
  const own = await labEnvironment(lab.folder);
  return { cwd: PROJECT, env: { ...process.env, ...own, ANYCAST_LAB_DIR: lab.folder, PULUMI_STACK: STACK } };
}

/** A rehearsal whose simulated Vultr is being served. */
export interface ServedRehearsal {
  /** The variables beside those of this process. */
  readonly env: Record<string, string>;
  readonly api: VultrApi;
  /** Ends the API, when the work behind its answers is done; what the account has, stays in the lab's folder. */
  readonly close: () => Promise<void>;
}

/** Serves the simulated Vultr of a lab, for as long as a program needs it. */
export async function serveRehearsal(lab: Lab): Promise<ServedRehearsal> {
  const { apiKey } = await readCloudAccount(lab);
  const own = await rehearsalEnvironment(lab, lab.folder);
  const api = await serveVultrApi(vultrOf(lab));
  return { env: { ...own, VULTR_API_URL: api.url, VULTR_API_KEY: apiKey }, api, close: api.close };
}

/** Runs work with the simulated Vultr's API, where a stack is rehearsed. */
async function withApi<T>(lab: Lab, work: (env: NodeJS.ProcessEnv) => Promise<T>): Promise<T> {
  if ((await readRehearsal(lab)) === undefined) return work({});
  const { env, close } = await serveRehearsal(lab);
  try {
    return await work(env);
  } finally {
    await close();
  }
}

/**
 * Runs the Pulumi CLI in this terminal, with the lab's state and stack.
 *
 * @returns its exit status
 */
export async function pulumi(lab: Lab, args: readonly string[]): Promise<number> {
  return runHere(lab, "pulumi", args);
}

/**
 * Runs the operator's command in this terminal, with the lab's stack, inventory, SSH key and Pulumi CLI.
 *
 * @returns its exit status
 * @throws UsageError when there is no lab
 */
export async function anycast(lab: Lab, args: readonly string[]): Promise<number> {
  await startedLab(lab); // checked first: to ask Pulumi would make the folder of a lab
  const key = { ANYCAST_IDENTITY: labPaths(lab).operatorKey };
  return runHere(lab, process.execPath, [join(PROJECT, "cli/anycast.js"), ...args], key);
}

async function runHere(
  lab: Lab,
  file: string,
  args: readonly string[],
  variables: NodeJS.ProcessEnv = {},
): Promise<number> {
  const { env, cwd } = await setting(lab);
  return withApi(lab, (more) => runInForeground(file, args, { env: { ...env, ...variables, ...more }, cwd }));
}

async function quietly(lab: Lab, args: readonly string[]): Promise<Ended> {
  return tryRun("pulumi", [...args, "--non-interactive", "--color=never"], await setting(lab));
}

/** Makes the lab's stack in the lab's state, if it is not there. */
export async function makeStack(lab: Lab): Promise<void> {
  const stack = (await readRehearsal(lab))?.stack ?? STACK;
  const { status, stderr } = await quietly(lab, ["stack", "init", stack, "--no-select"]);
  if (status !== 0 && !stderr.includes("already exists"))
    throw new Error(`Pulumi cannot make the stack: ${stderr.trim()}`);
}

/** Sets secrets of the stack: path of the key → value. They travel by standard input. */
export async function setSecrets(lab: Lab, secrets: Readonly<Record<string, string>>): Promise<void> {
  const { env, cwd } = await setting(lab);
  for (const [key, value] of Object.entries(secrets))
    await run("pulumi", ["config", "set", "--secret", "--path", key], { env, cwd, input: value });
}

/** The regions that a stack's configuration names. */
export interface ConfiguredRegions {
  /** Of the sites with a host in the lab. */
  readonly sites: readonly string[];
  /** With clients and no site. */
  readonly clients: readonly string[];
}

/** The regions in the lab's stack file, as far as they are known. */
export function configuredRegions(): ConfiguredRegions {
  const { network } = readStackFile(STACK);
  const sites = Object.values(objectAt(network, "sites")).map((site) => objectAt(site, "host")["region"]);
  const clients = Object.values(objectAt(objectAt(network, "lab"), "clients"));
  return { sites: sites.filter(isRegion), clients: clients.filter(isRegion) };
}

function objectAt(value: unknown, key: string): Record<string, unknown> {
  const found = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : {};
}

function isRegion(value: unknown): value is string {
  return typeof value === "string" && METROS.has(value);
}

/** The prefixes that were deployed; none when nothing was. */
export async function deployedPrefixes(lab: Lab): Promise<string[]> {
  const { status, stdout } = await quietly(lab, ["stack", "output", "inventory", "--json"]);
  if (status !== 0) return [];
  const { prefixes } = JSON.parse(stdout) as { prefixes?: unknown };
  return Array.isArray(prefixes) ? prefixes.filter((prefix) => typeof prefix === "string") : [];
}

/**
 * The addresses of the DNS services that were deployed.
 *
 * @throws Error when nothing was
 */
export async function deployedAddresses(lab: Lab): Promise<string[]> {
  const { status, stdout } = await quietly(lab, ["stack", "output", "inventory", "--json"]);
  if (status !== 0) throw new Error("Nothing is deployed in the lab yet. Deploy it: npm run lab");
  const services = Object.values(objectAt(JSON.parse(stdout), "services"));
  const addresses = services.flatMap((service) => {
    const { kind } = service as { kind?: unknown };
    return kind === "dns" ? Object.values(objectAt(service, "addresses")) : [];
  });
  return addresses.filter((address): address is string => typeof address === "string");
}
