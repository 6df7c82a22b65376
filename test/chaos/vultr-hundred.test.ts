import { afterAll, beforeAll, expect, test } from "vitest";
import { memoryCloud } from "../../lab/clouds/vultr/cloud.ts";
import { VultrProject, type Ended } from "./vultr-project.ts";

/** How many servers a big network has. */
const COUNT = 100;

/** The most requests that Vultr takes in a second. */
const LIMIT = 30;

const PROGRAM = `
for (let number = 0; number < ${COUNT}; number += 1)
  new vultr.Instance("server-" + number, {
    region: "ams", plan: "vc2-1c-2gb", osId: 2136, label: "server-" + number, hostname: "server-" + number,
    enableIpv6: true, tags: [], sshKeyIds: [], userData: "#cloud-config", generation: "1",
    identity: number.toString(16).padStart(32, "0"),
  });
`;

let project: VultrProject;

beforeAll(async () => {
  // As slow as Vultr on a good day, in miniature: long enough for the program to say what it waits for.
  const pace = { latencyMs: 50, pendingMs: 3000, bootingMs: 3000, lateIpv6Ms: 1000, deletingMs: 2000 };
  project = await VultrProject.create(memoryCloud({ pace, requestsPerSecond: LIMIT }), PROGRAM);
});

afterAll(() => project.dispose());

function expectOk({ ok, output }: Ended): string {
  expect(ok, output).toBe(true);
  return output;
}

/** The most requests that came within a second. */
function busiestSecond(): number {
  const times = project.api.requests.map(({ at }) => at).toSorted((a, b) => a - b);
  return Math.max(...times.map((start) => times.filter((at) => at >= start && at < start + 1000).length));
}

test("a hundred servers are made below Vultr's limit of requests, and the program says what it waits for", async () => {
  const start = Date.now();
  const output = expectOk(await project.run("up", "--parallel", String(COUNT)));
  const { servers } = await project.inventory();
  expect(new Set(servers).size).toBe(COUNT);
  expect(servers).toHaveLength(COUNT);
  expect(output).toMatch(/server-\d+ creating .*installing, \d+ s/);
  const { length } = project.api.requests;
  const seconds = ((Date.now() - start) / 1000).toFixed(0);
  console.log(`${length} requests in ${seconds} s, at most ${busiestSecond()} a second`);
  expect(busiestSecond()).toBeLessThanOrEqual(LIMIT);
  expect(project.api.requests.filter(({ status }) => status === 429)).toEqual([]);
  expect(expectOk(await project.run("up"))).toContain(`${COUNT + 1} unchanged`);
}, 600_000);

test("they go again, and nothing is left", async () => {
  expectOk(await project.run("destroy", "--parallel", String(COUNT)));
  expect(await project.inventory()).toEqual({ servers: [], others: 0 });
}, 600_000);
