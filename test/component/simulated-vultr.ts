import { delimiter, resolve } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { memoryCloud, TEST_ACCOUNT, type VultrCloud } from "../../lab/clouds/vultr/cloud.ts";
import { serveVultrApi, type VultrApi } from "../../lab/clouds/vultr/server.ts";

const PROJECT = resolve(import.meta.dirname, "../..");

/** A simulated Vultr of one test, and what it was asked. */
export interface SimulatedVultr {
  readonly cloud: () => VultrCloud;
  readonly api: () => VultrApi;
}

/**
 * Gives each test of a file a simulated Vultr of its own, and has the program reach it, as in a rehearsal.
 *
 * @param account default: one whose forms are filled in
 */
export function simulatedVultr(account: VultrCloud["account"] = async () => TEST_ACCOUNT): SimulatedVultr {
  let cloud: VultrCloud;
  let api: VultrApi;
  const before = { ...process.env };
  beforeEach(async () => {
    cloud = { ...memoryCloud(), account };
    api = await serveVultrApi(cloud);
    Object.assign(process.env, {
      VULTR_API_URL: api.url,
      ANYCAST_REHEARSAL: PROJECT,
      PATH: [`${PROJECT}/lab/clouds/bin`, `${PROJECT}/tools/plugins`, before["PATH"]].join(delimiter),
    });
  });
  afterEach(async () => {
    await api.close();
    for (const name of ["VULTR_API_URL", "VULTR_API_KEY", "ANYCAST_REHEARSAL", "PATH"]) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });
  return { cloud: () => cloud, api: () => api };
}
