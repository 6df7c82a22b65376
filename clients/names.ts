import { lookup } from "node:dns/promises";
import { setTimeout } from "node:timers/promises";
import { canonicalAddress } from "../model/ip.ts";
import { nameFindings, namedHosts } from "../model/management.ts";
import type { Finding } from "../model/preflight.ts";
import type { NetworkConfig } from "../model/schema.ts";

/** Milliseconds for one name: resolvers that do not answer take the system longer. */
const TIMEOUT_MS = 10_000;

/** The addresses of a name, or why it has none. */
export type Resolve = (name: string) => Promise<readonly string[] | { readonly failure: string }>;

/** Resolves a name as SSH on this machine does, in 10 s at most. */
export const resolveName: Resolve = async (name) => {
  const timeout = new AbortController();
  try {
    return await Promise.race([
      lookup(name, { all: true }).then((found) => found.map(({ address }) => canonicalAddress(address) ?? address)),
      setTimeout(TIMEOUT_MS, { failure: `no answer in ${TIMEOUT_MS / 1000} s` }, { signal: timeout.signal }),
    ]);
  } catch (error) {
    return { failure: (error as NodeJS.ErrnoException).code ?? String(error) };
  } finally {
    timeout.abort();
  }
};

/** Judges where the names lead by which SSH reaches hosts; nothing is asked for where all hosts have addresses. */
export async function askNames(config: NetworkConfig, resolve: Resolve = resolveName): Promise<Finding[]> {
  const hosts = namedHosts(config);
  const found = await Promise.all(hosts.map(async (host) => ({ ...host, addresses: await resolve(host.name) })));
  return found.flatMap((host) => nameFindings(config, host));
}
