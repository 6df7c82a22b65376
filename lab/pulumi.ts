import { join } from "node:path";
import { METROS } from "../model/metros.ts";
import { labEnvironment } from "../tools/setup/environment.ts";
import { makeLabFolder, type Lab } from "./folder.ts";
import { runInForeground, tryRun, type Ended } from "./process.ts";

/** The stack that is deployed in the lab. */
const STACK = "lab";

/** The Pulumi project: the checkout. */
const PROJECT = join(import.meta.dirname, "..");

async function environment(lab: Lab): Promise<NodeJS.ProcessEnv> {
  await makeLabFolder(lab);
  const own = await labEnvironment(lab.folder);
  return { ...process.env, ...own, ANYCAST_LAB_DIR: lab.folder, PULUMI_STACK: STACK };
}

/**
 * Runs the Pulumi CLI in this terminal, with the lab's state and stack.
 *
 * @returns its exit status
 */
export async function pulumi(lab: Lab, args: readonly string[]): Promise<number> {
  return runInForeground("pulumi", args, { env: await environment(lab), cwd: PROJECT });
}

async function quietly(lab: Lab, args: readonly string[]): Promise<Ended> {
  return tryRun("pulumi", [...args, "--non-interactive", "--color=never"], {
    env: await environment(lab),
    cwd: PROJECT,
  });
}

/** Makes the lab's stack in the lab's state, if it is not there. */
export async function makeStack(lab: Lab): Promise<void> {
  const { status, stderr } = await quietly(lab, ["stack", "init", STACK, "--no-select"]);
  if (status !== 0 && !stderr.includes("already exists"))
    throw new Error(`Pulumi cannot make the stack: ${stderr.trim()}`);
}

/** The regions that a stack's configuration names. */
export interface ConfiguredRegions {
  /** Of the sites with a host in the lab. */
  readonly sites: readonly string[];
  /** With clients and no site. */
  readonly clients: readonly string[];
}

/**
 * The regions in the stack file. What is wrong in it is not said here but by the program, which knows all of it.
 *
 * @throws Error when the stack file cannot be read or has no `anycast:network`
 */
export async function configuredRegions(lab: Lab): Promise<ConfiguredRegions> {
  const { status, stdout, stderr } = await quietly(lab, ["config", "get", "anycast:network", "--json"]);
  if (status !== 0) throw new Error(`stacks/Pulumi.${STACK}.yaml cannot be used: ${stderr.trim()}`);
  const network = (JSON.parse(stdout) as { objectValue?: unknown }).objectValue;
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
