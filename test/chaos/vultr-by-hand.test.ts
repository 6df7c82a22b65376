import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { memoryCloud } from "../../lab/clouds/vultr/cloud.ts";
import { serveVultrApi } from "../../lab/clouds/vultr/server.ts";
import type { StoredServer } from "../../lab/clouds/vultr/state.ts";
import { VultrProject, type Ended } from "./vultr-project.ts";

const PROGRAM = `
const key = new vultr.SshKey("key", { name: "pulumi-anycast vultr.dev test 0", sshKey: "ssh-ed25519 AAAA me" });
const group = new vultr.FirewallGroup("group", { description: "pulumi-anycast vultr.dev test" });
for (const [number, region] of ["ams", "fra"].entries())
  new vultr.Instance("site-" + region, {
    region, plan: "vc2-1c-2gb", osId: 2136, label: region, hostname: region, enableIpv6: true, tags: [],
    sshKeyIds: [key.id], firewallGroupId: group.id, userData: "#cloud-config", generation: "1",
    identity: String(number).padStart(32, "0"),
  });
`;

/** The part of an exported state that says what there is. */
interface Exported {
  readonly deployment: { readonly resources: readonly { readonly urn: string; readonly id?: string }[] };
}

let project: VultrProject;

beforeAll(async () => {
  project = await VultrProject.create(memoryCloud(), PROGRAM);
});

afterAll(() => project.dispose());

beforeEach(async () => {
  ok(await project.run("up"));
}, 120_000);

function ok({ ok: isOk, output }: Ended): string {
  expect(isOk, output).toBe(true);
  return output;
}

async function site(region: string): Promise<StoredServer | undefined> {
  const { servers } = await project.cloud.store.read();
  return servers.find((each) => each.region === region && each.deletedAt === undefined);
}

/** What somebody does to the server in Frankfurt in the portal. */
async function change(next: (server: StoredServer) => Partial<StoredServer>): Promise<void> {
  await project.cloud.store.change((old) => ({
    ...old,
    servers: old.servers.map((each) =>
      each.region === "fra" && each.deletedAt === undefined ? { ...each, ...next(each) } : each,
    ),
  }));
}

/** The lines about a resource, without what Pulumi counts and times. */
function about(name: string, output: string): string {
  return output
    .split("\n")
    .filter((line) => line.includes(name))
    .join("\n");
}

test.each<[string, Partial<StoredServer>, string]>([
  ["renamed", { label: "mine" }, "label"],
  ["moved out of its group", { groupId: "" }, "firewallGroupId"],
  ["powered off", { isPoweredOn: false }, "powerStatus"],
])(
  "a server that was %s by hand: a refresh says so, and an up mends it in place",
  async (_name, by, field) => {
    const before = await site("fra");
    await change(() => by);
    expect(about("site-fra", ok(await project.run("refresh")))).toMatch(new RegExp(`updated.*${field}`));
    expect(about("site-fra", ok(await project.run("up")))).toMatch(/updated/);
    expect(await site("fra")).toMatchObject({ ...before });
    expect(ok(await project.run("up", "--refresh"))).toContain("5 unchanged");
  },
  300_000,
);

test("a server that was deleted by hand: a refresh says so, and an up makes another one", async () => {
  const before = await site("fra");
  await change(() => ({ deletedAt: 0 }));
  expect(about("site-fra", ok(await project.run("refresh")))).toMatch(/deleted/);
  expect(about("site-fra", ok(await project.run("up")))).toMatch(/created/);
  expect((await site("fra"))?.id).not.toBe(before?.id);
  expect(ok(await project.run("up", "--refresh"))).toContain("5 unchanged");
}, 300_000);

test("a plan that was resized by hand is mended by a replacement alone, which the preview names", async () => {
  const before = await site("fra");
  await change(() => ({ plan: "vc2-2c-4gb" }));
  const preview = ok(await project.pulumi("preview", "--refresh", "--diff"));
  expect(preview).toMatch(/\+-anycast-vultr:index:Instance: \(replace\)[^]*plan[^]*vc2-2c-4gb[^]*vc2-1c-2gb/);
  expect(await site("fra")).toMatchObject({ id: before?.id, plan: "vc2-2c-4gb" });
  // Whoever keeps it writes it into the program; here the program's own comes back.
  expect(about("site-fra", ok(await project.run("up", "--refresh")))).toMatch(/replaced/);
  expect(await site("fra")).toMatchObject({ plan: "vc2-1c-2gb" });
}, 300_000);

test("a refresh and a destroy with the key of another account, or at a place that is left over, forget nothing", async () => {
  const known = async () => {
    const { deployment } = JSON.parse(ok(await project.pulumi("stack", "export"))) as Exported;
    return deployment.resources.map(({ urn, id }) => `${urn} ${id}`);
  };
  const before = await known();
  const other = await serveVultrApi(memoryCloud());
  try {
    for (const command of ["refresh", "destroy"]) {
      const elsewhere = { VULTR_API_URL: other.url };
      const { ok: isOk, output } = await project.pulumiWith(elsewhere, command, "--yes", "--skip-preview");
      expect(isOk, output).toBe(false);
      expect(output).toContain("nor anything else of stack vultr.dev. Set the key of the account");
    }
    const leftOver = await project.pulumiWith({ ANYCAST_REHEARSAL: "" }, "refresh", "--yes", "--skip-preview");
    expect(leftOver.ok).toBe(false);
    expect(leftOver.output).toContain(
      "a simulated Vultr on this machine, and this is no rehearsal. Unset the variable",
    );
  } finally {
    await other.close();
  }
  expect(await known()).toEqual(before);
  expect(ok(await project.run("up", "--refresh"))).toContain("5 unchanged");
}, 300_000);
