import { afterAll, beforeAll, expect, test } from "vitest";
import { memoryCloud } from "../../lab/clouds/vultr/cloud.ts";
import type { CloudFault } from "../../lab/clouds/faults.ts";
import { VultrProject, type Ended } from "./vultr-project.ts";

const PROGRAM = `
const key = new vultr.SshKey("key", { name: "key", sshKey: "ssh-ed25519 AAAA me" });
const group = new vultr.FirewallGroup("group", { description: "group" });
const rules = ["22", "53"].map((port) => ({ protocol: "tcp", port, from: "2001:db8::/32" }));
new vultr.FirewallRules("rules", { groupId: group.id, rules });
for (const [number, region] of ["ams", "fra", "sgp"].entries())
  new vultr.Instance("site-" + region, {
    region, plan: "vc2-1c-2gb", osId: 2136, label: region, hostname: region, enableIpv6: true, tags: [],
    sshKeyIds: [key.id], firewallGroupId: group.id, userData: "#cloud-config", generation: "1",
    identity: String(number).padStart(32, "0"),
  }, { customTimeouts: { create: "10s" } });
`;

const ALL = { servers: ["ams", "fra", "sgp"], others: 4 };

type Case = [name: string, fault: Omit<CloudFault, "where"> & { where?: string }, says: RegExp | undefined];

const ORDER = "POST /v2/instances";

/** What is told when one of them happens in the middle of an \`up\`; undefined: nothing, as the up ends well. */
const UP: Case[] = [
  ["no more servers", { kind: "quota", where: "fra" }, /site-fra.*maximum number of active servers.*Raise the limit/s],
  [
    "out of stock",
    { kind: "out-of-stock", where: "fra", on: ORDER },
    /site-fra.*not available.*another plan or region/s,
  ],
  ["a plan that went", { kind: "plan-gone", where: "vc2-1c-2gb" }, /site-(ams|fra|sgp).*Invalid plan.*Choose a plan/s],
  ["a wrong key", { kind: "unauthorized", after: 6 }, /status 401.*anycast-vultr:apiKey/s],
  ["an address that the key does not allow", { kind: "forbidden", after: 6 }, /Access Control/],
  ["an API that is down", { kind: "unavailable", after: 6 }, /status 503/],
  ["HTML with status 200", { kind: "html-ok", after: 6 }, /Vultr/],
  ["cut connections", { kind: "cut", after: 6 }, /Vultr/],
  ["a server that stays pending", { kind: "half-created", where: "fra" }, /site-fra.*not ready.*my\.vultr\.com/s],
  ["a server that is suspended", { kind: "suspended", where: "fra" }, /site-fra.*suspended.*billing/s],
  ["orders that fail and make the server", { kind: "done-500", on: ORDER }, undefined],
  ["orders that are cut and make the server", { kind: "done-cut", on: ORDER }, undefined],
  ["some 429 with a wait", { kind: "rate-limit", times: 5 }, undefined],
  ["some 429 without", { kind: "rate-limit-silent", times: 2 }, undefined],
  ["HTML in the place of the first answers", { kind: "html", times: 2 }, undefined],
];

/** The same of a \`refresh\`, for a stack that is complete. */
const REFRESH: Case[] = [
  ["a wrong key", { kind: "unauthorized" }, /status 401.*anycast-vultr:apiKey/s],
  ["an API that is down", { kind: "unavailable", after: 2 }, /status 503/],
  ["HTML with status 200", { kind: "html-ok", after: 2 }, /Vultr/],
];

/** The same of a \`destroy\`. */
const DESTROY: Case[] = [
  ["an address that the key does not allow", { kind: "forbidden", after: 2 }, /Access Control/],
  ["cut connections", { kind: "cut", after: 2 }, /Vultr/],
  ["deletes that fail and are done", { kind: "done-500", on: "DELETE /v2/instances/*" }, undefined],
  ["deletes that are cut and are done", { kind: "done-cut", on: "DELETE /v2/instances/*" }, undefined],
];

let project: VultrProject;

beforeAll(async () => {
  project = await VultrProject.create(memoryCloud(), PROGRAM);
});

afterAll(() => project.dispose());

async function expectOk(run: Promise<Ended>): Promise<string> {
  const { ok, output } = await run;
  expect(ok, output).toBe(true);
  return output;
}

/** Runs a command while a fault is on, and judges what it says. */
async function expectTold(command: "up" | "refresh" | "destroy", [, fault, says]: Case): Promise<void> {
  await project.cloud.faults.fail({ where: "all", ...fault });
  const { ok, output } = await project.run(command, ...(command === "up" ? ["--continue-on-error"] : []));
  await project.cloud.faults.heal();
  expect(ok, output).toBe(says === undefined);
  expect(output).toMatch(says ?? /Resources:/);
  expect(output).not.toMatch(/^\s+at .*\.(ts|js|mjs|cjs):\d+/m);
}

test.each(UP)(
  "%s, in the middle of an up: told, never two servers, and the next up ends right",
  async (...each) => {
    await expectTold("up", each);
    const { servers } = await project.inventory();
    expect(servers).toEqual([...new Set(servers)]);
    await expectOk(project.run("up"));
    expect(await project.inventory()).toEqual(ALL);
    expect(await expectOk(project.run("up", "--refresh"))).toContain("7 unchanged");
    await expectOk(project.run("destroy"));
    expect(await project.inventory()).toEqual({ servers: [], others: 0 });
  },
  300_000,
);

test.each(REFRESH)(
  "%s, in the middle of a refresh: told, and nothing is forgotten",
  async (...each) => {
    await expectOk(project.run("up"));
    await expectTold("refresh", each);
    expect(await expectOk(project.run("up", "--refresh"))).toContain("7 unchanged");
    expect(await project.inventory()).toEqual(ALL);
  },
  300_000,
);

test.each(DESTROY)(
  "%s, in the middle of a destroy: told, and the next destroy leaves nothing",
  async (...each) => {
    await expectOk(project.run("up"));
    await expectTold("destroy", each);
    await expectOk(project.run("destroy"));
    expect(await project.inventory()).toEqual({ servers: [], others: 0 });
  },
  300_000,
);
