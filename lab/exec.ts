import { managementInterface, type Lab } from "./folder.ts";
import { inspectNode } from "./namespaces.ts";
import { NODE_ENVIRONMENT, entering } from "./node-process.ts";
import { runInForeground } from "./process.ts";
import { readState } from "./state.ts";
import { topology } from "./topology.ts";
import { UsageError, oneOf } from "./usage-error.ts";

/** The names of the nodes of a lab that can run a command. */
export async function nodeNames(lab: Lab): Promise<string[]> {
  const state = await readState(lab);
  if (state === undefined) return [];
  const { nodes } = topology(state, managementInterface(lab));
  return nodes.filter(({ kind }) => kind !== "management").map(({ name }) => name);
}

/**
 * Process 1 of a node, as seen from outside.
 *
 * @throws UsageError when there is no such node or it does not run
 */
export async function initOf(lab: Lab, name: string): Promise<number> {
  const node = oneOf("node", name, await nodeNames(lab));
  const init = inspectNode(lab, node)?.init;
  if (init === undefined) throw new UsageError(`${node} does not run: npm run lab starts it.`);
  return init;
}

/**
 * Runs a command in a node, as root: in a router's or client's namespaces, inside a host. Standard input, output and error are
 * this process's own.
 *
 * @returns the command's exit status, 128 + the signal's number if a signal ended it
 * @throws UsageError when there is no such node or it does not run
 */
export async function execIn(lab: Lab, name: string, argv: readonly string[]): Promise<number> {
  const init = await initOf(lab, name);
  const terminal = process.env["TERM"];
  const env = { ...NODE_ENVIRONMENT, ...(terminal === undefined ? {} : { TERM: terminal }) };
  return runInForeground("nsenter", entering(init, argv), { env });
}
