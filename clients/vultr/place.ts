import { VULTR_API_URL } from "./api.ts";

/** The hosts of URLs that lead to this machine: nothing but a simulated API is served there. */
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * States why a run must not use the API that the environment names: a rehearsal would reach the real Vultr, or a real stack would be
 * compared with the simulated one, which has none of its servers. Undefined when both fit.
 */
export function placeProblem(environment: NodeJS.ProcessEnv): string | undefined {
  const url = environment["VULTR_API_URL"]?.trim() || VULTR_API_URL;
  const isRehearsal = (environment["ANYCAST_REHEARSAL"] ?? "") !== "";
  const isSimulated = URL.canParse(url) && LOOPBACK.test(new URL(url).hostname);
  if (isRehearsal === isSimulated) return undefined;
  return isRehearsal
    ? `ANYCAST_REHEARSAL is set, and Vultr's API is ${url}: a rehearsal would reach the real one. Unset the variable, or rehearse with: npm run lab -- rehearse STACK`
    : `VULTR_API_URL is ${url}, a simulated Vultr on this machine, and this is no rehearsal. Unset the variable`;
}
