import { randomInt } from "node:crypto";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { execa } from "execa";
import { expect, test, vi } from "vitest";
import type { WireObject } from "../../plugins/anycast-vultr/wire.ts";
import { startCloud } from "./cloud.ts";
import { connectEngine } from "./engine.ts";

const PLUGIN = join(import.meta.dirname, "../../plugins/pulumi-resource-anycast-vultr");

/** Milliseconds after its engine within which the plugin ends on a busy machine; at rest it takes a few. */
const END_MS = 5000;

/** The most requests after which a run of three sites is killed; a whole run has about as many. */
const MOST_REQUESTS = 30;

/** Of each kind of victim. */
const ROUNDS = 1;

const SITES = ["ams", "sea", "nrt"];

function siteInputs(region: string, index: number): WireObject {
  return {
    region,
    plan: "vc2-1c-2gb",
    osId: 2136,
    label: region,
    hostname: region,
    enableIpv6: true,
    tags: ["kills"],
    sshKeyIds: [],
    userData: "#cloud-config\n",
    generation: "1",
    identity: `0123456789abcdef0123456789abcde${index}`,
  };
}

/** The plugin as a process of its own, started as the engine starts it. */
async function spawnPlugin(url: string) {
  const plugin = execa(PLUGIN, ["127.0.0.1:1"], {
    env: { VULTR_API_URL: url, VULTR_API_KEY: "KEY" },
    stdin: "pipe",
    reject: false,
    buffer: false,
  });
  const lines = createInterface({ input: plugin.stdout });
  const { value: port } = await lines[Symbol.asyncIterator]().next();
  const engine = connectEngine(Number(port));
  return {
    engine,
    kill: async (victim: "plugin" | "engine") => {
      const start = performance.now();
      if (victim === "plugin") plugin.kill("SIGKILL");
      // What is left of an engine that was killed: the end of its pipe.
      else plugin.stdin.end();
      await plugin;
      expect(performance.now() - start).toBeLessThan(END_MS);
    },
    /** Ends it as an engine does that is done. */
    end: async () => {
      plugin.kill("SIGINT");
      await plugin;
    },
    close: async () => {
      engine.close();
      plugin.kill("SIGKILL");
      await plugin;
    },
  };
}

/** The ids in an engine's state: the live server of each site, and what it has replaced and not deleted yet. */
interface State {
  readonly live: Readonly<Record<string, string>>;
  readonly replaced: readonly (readonly [site: string, id: string])[];
}

test.each(
  Array.from({ length: ROUNDS }, (_, round) => round).flatMap((round) =>
    (["plugin", "engine"] as const).map((victim) => [victim, round] as const),
  ),
)(
  "a killed %s makes no server twice and leaves none behind, in a create and in an equal replacement (%i)",
  { timeout: 60_000 },
  async (victim) => {
    const { api, servers } = await startCloud({
      pace: { latencyMs: 5, pendingMs: 100, bootingMs: 100, lateIpv6Ms: 100, deletingMs: 50 },
    });
    /** Makes the three servers, replacing those in the state, as far as it comes. */
    const run = async (state: State, isKilled: boolean): Promise<State> => {
      const plugin = await spawnPlugin(api.url);
      const { engine } = plugin;
      const until = isKilled ? api.requests.length + randomInt(1, MOST_REQUESTS) : Infinity;
      const live = { ...state.live };
      const replaced = [...state.replaced];
      try {
        const made = Promise.allSettled(
          SITES.map(async (site, index) => {
            const { id } = await engine.create(engine.urn("Instance", site), siteInputs(site, index));
            const old = live[site];
            if (old !== undefined) replaced.push([site, old]);
            live[site] = id;
          }),
        );
        let isOver = false;
        void made.finally(() => (isOver = true));
        await vi.waitUntil(() => isOver || api.requests.length >= until, { timeout: 30_000, interval: 1 });
        if (isKilled) {
          await plugin.kill(victim);
          await made;
          return { live, replaced };
        }
        expect((await made).map(({ status }) => status)).toEqual(SITES.map(() => "fulfilled"));
        for (const [site, id] of replaced) await engine.delete(engine.urn("Instance", site), id, {});
        await plugin.end();
        return { live, replaced: [] };
      } finally {
        await plugin.close();
      }
    };
    let state: State = { live: {}, replaced: [] };
    for (const start of ["nothing", "equal servers"]) {
      state = await run(await run(state, true), false);
      const paid = await servers();
      expect(paid.map(({ id }) => id).toSorted(), `from ${start}`).toEqual(Object.values(state.live).toSorted());
      for (const { tags } of paid) expect(tags).toEqual(["kills", expect.stringMatching(/^anycast-[0-9a-f]{32}$/)]);
    }
  },
);
