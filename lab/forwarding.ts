import { managementInterface, namespaceOf, type Lab } from "./folder.ts";
import { tryRun } from "./process.ts";
import type { LabState } from "./state.ts";
import { topology, type Link } from "./topology.ts";

/** Where each router sends packets: node → address → interface. An address that it has no way to is missing. */
export type Forwarding = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** What the kernels of all routers do with packets to the given addresses. */
export async function readForwarding(lab: Lab, state: LabState, addresses: readonly string[]): Promise<Forwarding> {
  const { nodes } = topology(state, managementInterface(lab));
  const routers = nodes.filter(({ kind }) => kind === "edge" || kind === "transit");
  const input = addresses.map((address) => `route get ${address}\n`).join("");
  const tables = routers.map(async ({ name }) => {
    // -force: an address without a route is an error, which must not end the batch.
    const { stdout } = await tryRun("ip", ["-netns", namespaceOf(lab, name), "-json", "-force", "-batch", "-"], {
      input,
    });
    return [name, new Map(answersIn(stdout).map(({ dst, dev }) => [dst, dev]))] as const;
  });
  return new Map(await Promise.all(tables));
}

interface RouteAnswer {
  readonly dst: string;
  readonly dev: string;
}

/** `ip -json -batch` prints one array a line that succeeds. */
function answersIn(text: string): RouteAnswer[] {
  const lines = text.split("\n").filter((line) => line.startsWith("["));
  return lines
    .flatMap((line) => JSON.parse(line) as RouteAnswer[])
    .filter(({ dev }) => dev !== undefined && dev !== "lo");
}

/**
 * The site at which packets from a region's clients arrive, as the routers' own tables predict, or null when they arrive nowhere.
 * Pure.
 */
export function followRoutes(
  links: readonly Link[],
  forwarding: Forwarding,
  region: string,
  address: string,
): string | null {
  let node: string | undefined = `edge-${region}`;
  // More hops than routers: a loop.
  for (let hops = 0; node !== undefined && hops <= forwarding.size; hops += 1) {
    if (node.startsWith("site-")) return node.slice("site-".length);
    const out: string | undefined = forwarding.get(node)?.get(address);
    node = out === undefined ? undefined : farEnd(links, node, out);
  }
  return null;
}

function farEnd(links: readonly Link[], node: string, out: string): string | undefined {
  for (const [a, b] of links) {
    if (a.node === node && a.interface === out) return b.node;
    if (b.node === node && b.interface === out) return a.node;
  }
  return undefined;
}
