import { expect, onTestFinished, vi } from "vitest";
import type { WireObject } from "../../plugins/anycast-vultr/wire.ts";
import { memoryCloud, type VultrCloud } from "../../lab/clouds/vultr/cloud.ts";
import type { StoredKey } from "../../lab/clouds/vultr/state.ts";
import { serveVultrApi } from "../../lab/clouds/vultr/server.ts";
import { startEngine } from "./engine.ts";

/** The identity of the server in {@link SERVER}. */
export const IDENTITY = "0123456789abcdef0123456789abcdef";

/** The inputs of a server that the simulated Vultr sells, of either kind but for its plan. */
export const SERVER: WireObject = {
  region: "ams",
  plan: "vc2-1c-2gb",
  osId: 2136,
  label: "ams",
  hostname: "ams",
  enableIpv6: true,
  tags: ["pulumi-anycast", "prod"],
  sshKeyIds: [],
  userData: "#cloud-config\n# the host's PRIVATE KEY\n",
  generation: "1",
  identity: IDENTITY,
};

/** A key of the stack that all resources here belong to. */
export const STACKS_KEY: StoredKey = {
  id: "key",
  number: 1000,
  name: "pulumi-anycast anycast.prod anycast 0",
  sshKey: "ssh-ed25519 A",
  dateCreated: "2026-01-01T00:00:00+00:00",
};

/** The tags of {@link SERVER} when it is complete. */
export const COMPLETE_TAGS = ["pulumi-anycast", "prod", `anycast-${IDENTITY}`];

/** The simulated Vultr without hosts, and the plugin in front of it, until the test is over. */
export async function startCloud(options: Partial<VultrCloud> = {}) {
  const cloud = memoryCloud({ requestsPerSecond: Infinity, ...options });
  const api = await serveVultrApi(cloud);
  const engines: Awaited<ReturnType<typeof startEngine>>[] = [];
  /** Another run of the engine: it knows nothing of the one before. */
  const newEngine = async (more: Omit<Parameters<typeof startEngine>[0], "url"> = {}) => {
    const engine = await startEngine({ url: api.url, ...more });
    engines.push(engine);
    return engine;
  };
  onTestFinished(async () => {
    for (const engine of engines) engine.close();
    await api.close();
  });
  const servers = async () => (await cloud.store.read()).servers.filter(({ deletedAt }) => deletedAt === undefined);
  return {
    cloud,
    api,
    engine: await newEngine(),
    newEngine,
    /** The servers that somebody pays for. */
    servers,
    /** Waits until there is just the one of {@link SERVER}, and it is marked as complete: some time after its create was answered. */
    expectComplete: () =>
      vi.waitFor(async () => expect(await servers()).toEqual([expect.objectContaining({ tags: COMPLETE_TAGS })])),
  };
}
