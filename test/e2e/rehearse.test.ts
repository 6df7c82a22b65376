import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { vultrOf } from "../../lab/clouds/vultr/lab-cloud.ts";
import type { StoredRule } from "../../lab/clouds/vultr/state.ts";
import { bare, clientLan, managementAddress, managementGateway } from "../../lab/addressing.ts";
import { labAt, type Lab } from "../../lab/folder.ts";
import { hostOf } from "../../lab/hosts.ts";
import { readState } from "../../lab/state.ts";
import { tracesOf } from "../../lab/temporary-lab.ts";
import { DNS_CHECK_PORT } from "../../model/dns.ts";
import { Checkout, must, type Ended } from "./checkout.ts";
import { arrivingPorts, listeningPorts, nameOf, openedPorts, type Port } from "./open-ports.ts";
import { ZONE, expectPredicted, sitesOf } from "./network.ts";
import { askFrom } from "./load/clients.ts";

const sessionsSchema = z.object({
  sessions: z.array(
    z.object({
      site: z.string(),
      router: z.object({ address: z.string(), asn: z.number() }),
      state: z.string(),
      prefixes: z.number(),
    }),
  ),
});

const itemsSchema = z.array(z.object({ name: z.string(), host: z.string().optional() }));

let checkout: Checkout;
let lab: Lab;

beforeAll(async () => {
  checkout = await Checkout.create("rehearse");
  lab = labAt(join(checkout.folder, ".lab"));
});

afterAll(async () => {
  await checkout.dispose();
});

/** The sessions of a site, as the provider's routers see them: `address AS state prefixes`. */
async function sessionsOf(site: string): Promise<string[]> {
  const { sessions } = sessionsSchema.parse(JSON.parse(must(await checkout.lab("status", "--json")).stdout));
  return sessions
    .filter((session) => session.site === site)
    .map(({ router, state, prefixes }) => `${router.address} AS${router.asn} ${state} ${prefixes}`)
    .toSorted();
}

/** The servers that the customer pays for, by host name. */
async function servers(): Promise<string[]> {
  const items = itemsSchema.parse(JSON.parse(must(await checkout.lab("cloud", "list")).stdout));
  return items.flatMap(({ name, host }) => (host === undefined ? [] : [name])).toSorted();
}

/** `pulumi up` of the kept rehearsal. */
async function up(...args: string[]): Promise<Ended> {
  return checkout.pulumi("up", "--yes", "--skip-preview", "--color", "never", "--suppress-progress", ...args);
}

async function configure(site: string, host: Record<string, string>): Promise<void> {
  for (const [key, value] of Object.entries(host))
    must(await checkout.pulumi("config", "set", "--path", `anycast:network.sites.${site}.host.${key}`, value));
}

async function expectCatchment(clients: readonly string[]): Promise<void> {
  await vi.waitFor(
    async () => {
      expectPredicted(
        await checkout.query(),
        clients.map((region) => `client-${region}`),
      );
    },
    { timeout: 20_000 },
  );
}

/** The lab's regions: those of the sites that were made so far. */
async function regions(): Promise<string[]> {
  const { nodes } = z
    .object({ nodes: z.array(z.object({ kind: z.string(), region: z.string().nullable() })) })
    .parse(JSON.parse(must(await checkout.lab("status", "--json")).stdout));
  return nodes.filter(({ kind }) => kind === "client").map(({ region }) => region ?? "");
}

/** What the engine said of a resource, from its name to the next one. */
function diagnosticOf(output: string, resource: string): string {
  return new RegExp(`^  \\S+ \\(${resource}\\):\\n(?: {4}.*\\n| *\\n)*`, "m").exec(output)?.[0] ?? "";
}

test("staging comes up, with sessions as Vultr's are", async () => {
  checkout.edit("stacks/Pulumi.staging.yaml", (stack) => stack.replace("soak: 10 s", "soak: 100 ms"));
  must(await checkout.lab("rehearse", "staging", "--keep"));
  for (const site of ["ams", "ewr", "sgp"]) {
    expect(await sessionsOf(site)).toEqual([
      "169.254.169.254 AS64515 Established 1",
      "2001:19f0:ffff::1 AS64515 Established 1",
    ]);
  }
  const edge = must(await checkout.exec("edge-ams", "cat", "/run/bird/bird.conf")).stdout;
  expect(edge.match(/^ {2}multihop 2;\n {2}password "\w{16}";$/gm)).toHaveLength(2);
  await expectCatchment(["ams", "nyc", "sin"]);
  expect(await servers()).toEqual(["ams", "ewr", "sgp"]);
});

/** A port at which nobody listens, and which nothing opens. */
const CLOSED: Port = { protocol: "tcp", port: 9999 };

test("the provider's firewall opens what a site listens at to those who may, and nothing else", async () => {
  const state = await readState(lab);
  if (state === undefined) throw new Error("no lab");
  const { groups, rules: all, servers: made } = await vultrOf(lab).store.read();
  const groupOf = (site: string): string => made.find(({ hostname }) => hostname === site)?.groupId ?? "";
  const rules = all.filter(({ groupId }) => groupId === groupOf("ams"));
  // The canary has a group of its own, with the same rules.
  expect(groups.map(({ id }) => id).toSorted()).toEqual([groupOf("ams"), groupOf("ewr")].toSorted());
  expect(groupOf("sgp")).toBe(groupOf("ewr"));
  expect(all).toHaveLength(2 * rules.length);
  const { number } = hostOf(state, "ams");
  const listening = await listeningPorts(checkout, "ams");
  expect(listening.map(nameOf)).toEqual(expect.arrayContaining(["tcp/22", "udp/53", "tcp/53", "tcp/179"]));
  // What the site's own checks alone ask.
  const shut = listening.filter(({ protocol, port }) => !isInSome(rules, protocol, port) && port !== DNS_CHECK_PORT);
  expect(shut.map(nameOf)).toEqual([]);
  const ports = [...listening, CLOSED];
  const management = bare(managementAddress(state.subnet, number));
  const sources = [
    { from: undefined, source: bare(managementGateway(state.subnet)), address: management },
    { from: "client-ams", source: bare(clientLan("ams").ipv4[1]), address: "203.0.113.53" },
    { from: "client-ams", source: bare(clientLan("ams").ipv6[1]), address: "2001:db8:53::53" },
  ];
  for (const { from, source, address } of sources)
    expect(await arrivingPorts(checkout, "ams", { from, source, address, ports }), address).toEqual(
      openedPorts(rules, ports, source),
    );
});

function isInSome(rules: readonly StoredRule[], protocol: string, port: number): boolean {
  return rules.some((rule) => rule.protocol === protocol && rule.port === String(port));
}

test("a stack's own state and file are not touched, and no other stack gets into its lab", async () => {
  expect(checkout.read("stacks/Pulumi.staging.yaml")).not.toContain("encryptionsalt");
  const { ok, output } = await checkout.lab("rehearse", "prod");
  expect(ok).toBe(false);
  expect(output).toContain("rehearses 'staging'");
});

test("clouds fail in the middle of an up: each is named, nothing half made announces, the next up ends right", async () => {
  await configure("syd", { provider: "vultr", region: "syd" });
  await configure("fra", { provider: "vultrBareMetal", region: "fra" });
  await configure("lhr", { provider: "vultr", region: "lhr" });
  await configure("mia", { provider: "equinixMetal", region: "mi" });
  await configure("jnb", { provider: "vultr", region: "jnb" });
  const faults = {
    syd: ["quota", "host", /anycast-vultr:index:Instance .*maximum number of active servers/s],
    fra: [
      "out-of-stock",
      "host",
      /anycast-vultr:index:BareMetalServer .*plan is not available in the selected region/s,
    ],
    mia: ["rate-limit", "host", /equinix-metal:index:Device .*Rate limit exceeded/s],
    jnb: ["cloud-init-error", "ready", /site jnb \(Vultr\): cloud-init ended in state 'error'/],
  } as const;
  // Where Vultr says beforehand that it is sold out, nothing is ordered at all.
  const orders = { fra: ["--on", "POST /v2/bare-metals"] } as Readonly<Record<string, string[]>>;
  for (const [site, [fault]] of Object.entries(faults))
    must(await checkout.lab("cloud", "fail", site, fault, ...(orders[site] ?? [])));
  // None of these is worth a word: the server was made although the order failed, and other requests fail now and then.
  must(await checkout.lab("cloud", "fail", "lhr", "done-500", "--on", "POST /v2/instances", "--times", "1"));
  for (const fault of ["html", "rate-limit-silent", "cut"])
    must(
      await checkout.lab("cloud", "fail", "all", fault, "--on", "GET /v2/instances/*", "--after", "1", "--times", "1"),
    );

  // Without --continue-on-error an up ends with what was under way when the first one failed, and each would need one of its own.
  const failing = new Map<string, (typeof faults)[keyof typeof faults]>(Object.entries(faults));
  while (failing.size > 0) {
    const { ok, output } = await up("--continue-on-error");
    expect(ok).toBe(false);
    expect(output).not.toMatch(/^\s+at .*\.(ts|js|mjs):\d+/m);
    const named = [...failing].filter(([site, [, resource, cause]]) =>
      cause.test(diagnosticOf(output, `anycast-${site}-${resource}`)),
    );
    expect(named, output).not.toEqual([]);
    for (const [site] of named) {
      expect((await sessionsOf(site)).filter((session) => session.includes("Established"))).toEqual([]);
      must(await checkout.lab("cloud", "heal", site));
      failing.delete(site);
    }
    expectPredicted(
      await checkout.query(),
      (await regions()).map((region) => `client-${region}`),
    );
  }

  // What cloud-init left half done, somebody deletes by hand. The next one takes its time to boot.
  must(await checkout.lab("cloud", "delete", "jnb"));
  must(await checkout.lab("cloud", "fail", "jnb", "slow-boot"));
  const refreshed = must(await checkout.pulumi("refresh", "--yes", "--skip-preview", "--color", "never"));
  expect(refreshed.output).toMatch(/- .*anycast-jnb-host deleted/);
  must(await up());
  must(await checkout.lab("cloud", "heal"));
  await expectCatchment(["ams", "nyc", "sin", "syd", "fra", "lon", "mia", "jnb"]);
  expect(await servers()).toEqual(["ams", "ewr", "fra", "jnb", "lhr", "mia", "sgp", "syd"]);
  expect(await sessionsOf("fra")).toEqual([
    "169.254.1.1 AS20473 Established 1",
    "2001:19f0:ffff::1 AS20473 Established 1",
  ]);
  expect(await sessionsOf("mia")).toEqual([
    "169.254.255.1 AS65530 Established 1",
    "169.254.255.2 AS65530 Established 1",
    "fc00::e AS65530 Established 1",
    "fc00::f AS65530 Established 1",
  ]);
}, 600_000);

test("a host rebuilt behind our back is refused; refresh sees it; deleted by hand, the next up makes it anew", async () => {
  must(await checkout.lab("cloud", "rebuild", "syd"));
  checkout.edit(ZONE, (zone) => zone.replace(/\d{10}/, "2027010101"));
  const refused = await up();
  expect(refused.ok).toBe(false);
  expect(refused.output).toMatch(/anycast-syd-.*host key/is);
  const refreshed = must(await checkout.pulumi("refresh", "--yes", "--skip-preview", "--color", "never", "--diff"));
  expect(refreshed.output).toMatch(/~ osId: 2136 => 2284/);
  // Whoever it is that has the host now, we cannot log in to it and drain it: it has to be deleted at the provider.
  must(await checkout.lab("cloud", "delete", "syd"));
  must(await checkout.pulumi("refresh", "--yes", "--skip-preview", "--color", "never"));
  must(await up());
  await expectCatchment(["ams", "nyc", "sin", "syd", "fra", "lon", "mia", "jnb"]);
  expect(await servers()).toEqual(["ams", "ewr", "fra", "jnb", "lhr", "mia", "sgp", "syd"]);
});

test("a key that is refused is named, and nothing changes", async () => {
  must(await checkout.lab("cloud", "fail", "all", "forbidden"));
  const refused = await checkout.pulumi("refresh", "--yes", "--skip-preview", "--color", "never");
  must(await checkout.lab("cloud", "heal", "all"));
  expect(refused.ok).toBe(false);
  expect(refused.output).toMatch(/Vultr.*Access Control/s);
  expect(refused.output).not.toMatch(/- .*deleted/);
});

test("what somebody changed by hand, a refresh shows and the next up mends, but for the size: that replaces the server, and clients lose nothing", async () => {
  must(await checkout.lab("cloud", "rename", "lhr", "web-7"));
  must(await checkout.lab("cloud", "move", "sgp"));
  must(await checkout.lab("cloud", "power-off", "jnb"));
  must(await checkout.lab("cloud", "resize", "ewr", "vc2-2c-4gb"));
  const refresh = ["refresh", "--yes", "--skip-preview", "--color", "never", "--diff"];
  const { output: seen } = must(await checkout.pulumi(...refresh));
  for (const change of [
    /~ label: "lhr" => "web-7"/,
    /~ firewallGroupId:/,
    /~ powerStatus: "running" => "stopped"/,
    /~ plan: "vc2-1c-2gb" => "vc2-2c-4gb"/,
  ])
    expect(seen).toMatch(change);
  for (const site of ["ams", "ewr", "sgp", "syd", "fra", "lhr", "mia"])
    expect(
      (await sessionsOf(site)).filter((session) => session.includes("Established")),
      site,
    ).not.toEqual([]);

  const stop = await askFrom(lab, ["client-nyc"], ["203.0.113.53", "2001:db8:53::53"], 100);
  const { output } = must(await up("--suppress-outputs"));
  const tallies = await stop();
  expect(output).toMatch(/\d+ replaced/);
  for (const { sent, lost } of tallies.map(({ udp }) => udp)) {
    expect(sent).toBeGreaterThan(500);
    expect(lost).toEqual([]);
  }
  await expectCatchment(["ams", "nyc", "sin", "syd", "fra", "lon", "mia", "jnb"]);
  expect(sitesOf(await checkout.query(), "client-nyc")).toEqual(new Set(["ewr"]));
  expect(await servers()).toHaveLength(8);
  must(await checkout.pulumi("preview", "--refresh", "--expect-no-changes", "--color", "never"));
}, 600_000);

test("without --keep all of it goes again and nothing is left, on this machine or at the clouds", async () => {
  const { output } = must(await checkout.lab("rehearse", "staging"));
  expect(output).toContain("nothing is left at the clouds");
  expect(await tracesOf(lab)).toEqual([]);
});
