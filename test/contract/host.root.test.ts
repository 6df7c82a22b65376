import { once } from "node:events";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderManifest, renderSecrets } from "../../render/manifest.ts";
import { CASES, PASSWORDS } from "../golden/cases.ts";
import { backToBack, type BackToBack, type Router } from "./back-to-back.ts";
import { edgeConfig } from "./edge-config.ts";
import { until } from "./until.ts";

/** SSH may come from one network, which is not the edge's. */
const example = CASES["vultr-debian12"]!;
const rendering = { ...example, host: { ...example.host, managementFrom: ["198.51.100.0/24"] } };
const files = { ...renderManifest(rendering).files, ...renderSecrets(rendering.host, PASSWORDS).files };

/** Knot DNS as its unit starts it, before anything listens. */
const KNOT = `mkdir /run/knot && chown knot:knot /run/knot && exec setpriv --reuid=knot --regid=knot --clear-groups \
  --inh-caps=+net_bind_service --ambient-caps=+net_bind_service knotd`;

const SOA = "ns.example.net. hostmaster.example.net. 1 7200 3600 1209600 3600";

const HOST = "192.0.2.10";
const ADDRESSES = ["203.0.113.53", "2001:db8:53::53"] as const;

/** The kernel and Knot DNS of a site with the rendered files in force, as seen from its provider's edge. */
describe("a host with the rendered files", () => {
  let net: BackToBack;
  const cleanUp: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    net = await backToBack(files, edgeConfig(rendering.host, rendering.network.asn, PASSWORDS));
    await net.edge.run("ip", "route", "add", "203.0.113.0/24", "via", HOST);
    await net.edge.run("ip", "route", "add", "2001:db8:53::/48", "via", "2001:db8:1::10");
    cleanUp.push(net.site.daemon("sh", "-c", KNOT));
    for (const port of [22, 8080]) cleanUp.push(await listener(net.site, port));
    await until("Knot answers", async () => (await dig("@203.0.113.53", "example.net", "SOA")) === SOA);
  });
  afterAll(async () => {
    for (const step of cleanUp) await step();
    await net?.remove();
  });

  const dig = (...args: readonly string[]) => net.edge.output("kdig", "+short", "+time=1", "+retry=0", ...args);

  /** Whether the edge can open a connection; what is dropped takes a second. */
  async function connects(address: string, port: number, from?: string): Promise<boolean> {
    const script = `const socket = require("net").connect({ host: ${JSON.stringify(address)}, port: ${port}, localAddress: ${JSON.stringify(from)} });
      socket.on("connect", () => process.exit(0)).on("error", () => process.exit(1)); setTimeout(() => process.exit(2), 1000)`;
    const { exitCode } = await execa("ip", ["netns", "exec", net.edge.namespace, process.execPath, "-e", script], {
      reject: false,
    });
    return exitCode === 0;
  }

  it.each(ADDRESSES)("answers for %s over UDP and TCP, with the site's name in identity and NSID", async (address) => {
    expect(await dig(`@${address}`, "example.net", "SOA")).toBe(SOA);
    expect(await dig(`@${address}`, "+tcp", "example.net", "SOA")).toBe(SOA);
    expect(await dig(`@${address}`, "id.server", "CH", "TXT")).toBe('"fra"');
    expect(await dig(`@${address}`, "hostname.bind", "CH", "TXT")).toBe('"fra"');
    expect(await dig(`@${address}`, "version.bind", "CH", "TXT")).toBe("");
    expect(await net.edge.output("kdig", "+nsid", `@${address}`, "example.net")).toContain('"fra"');
  });

  it("keeps nothing but the service's ports open on a service address", async () => {
    expect(await connects(HOST, 8080)).toBe(true);
    expect(await connects(ADDRESSES[0], 53)).toBe(true);
    expect(
      await Promise.all(ADDRESSES.flatMap((address) => [22, 179, 8080].map((port) => connects(address, port)))),
    ).not.toContain(true);
  });

  it("takes echo requests to a service address", async () => {
    for (const address of ADDRESSES)
      expect(await net.edge.output("ping", "-c1", "-W1", address)).toContain(" 0% packet loss");
  });

  it("takes BGP from the neighbor alone", async () => {
    await until(
      "the session is up",
      async () => (await net.site.ask("show protocols session_v4_1")).includes("Established"),
      { limit: 40_000 },
    );
    expect(await connects(HOST, 179)).toBe(false);
  });

  it("takes SSH from the management network alone", async () => {
    await net.edge.run("ip", "address", "add", "198.51.100.1/32", "dev", "lo");
    expect(await connects(HOST, 22, "198.51.100.1")).toBe(true);
    expect(await connects(HOST, 22)).toBe(false);
  });

  it("tracks no connection of a service, even where another table tracks", async () => {
    const commands = [
      "add table inet other",
      "add counter inet other tracked",
      "add counter inet other elsewhere",
      "add chain inet other input { type filter hook input priority 10; }",
      "add rule inet other input ip daddr 203.0.113.53 ct state != untracked counter name tracked",
      "add rule inet other input ip6 daddr 2001:db8:53::53 ct state != untracked counter name tracked",
      "add rule inet other input tcp dport 8080 ct state new counter name elsewhere",
    ];
    await net.site.inTree(`nft '${commands.join("; ")}'`);
    const packets = async (name: string): Promise<number> => {
      const shown = await net.site.output("nft", "list", "counter", "inet", "other", name);
      return Number(/packets (\d+)/.exec(shown)?.[1]);
    };
    await dig("@203.0.113.53", "example.net", "SOA");
    await dig("@2001:db8:53::53", "+tcp", "example.net", "SOA");
    await connects(HOST, 8080);
    expect([await packets("tracked"), await packets("elsewhere")]).toEqual([0, 1]);
  });

  it("counts what comes to a service address from outside, and not the host's own checks", async () => {
    const count = async () =>
      /to_203_0_113_53 \{\s+packets (\d+)/.exec(
        await net.site.output("nft", "list", "counters", "table", "inet", "anycast"),
      )?.[1];
    const before = Number(await count());
    await net.site.output("kdig", "@203.0.113.53", "example.net");
    expect(Number(await count())).toBe(before);
    await dig("@203.0.113.53", "example.net", "SOA");
    expect(Number(await count())).toBe(before + 1);
  });

  it("never takes a service address as the source of its own traffic, not even where an interface has none", async () => {
    await net.site.run("ip", "link", "add", "bare", "type", "bridge");
    await net.site.run("ip", "link", "set", "bare", "addrgenmode", "none", "up");
    await net.site.run("ip", "route", "add", "198.51.100.128/25", "dev", "bare");
    await net.site.run("ip", "route", "add", "2001:db8:54::/48", "dev", "bare");
    expect(await net.site.run("ip", "route", "get", "198.51.100.129")).toContain(` src ${HOST} `);
    expect(await net.site.run("ip", "-6", "route", "get", "2001:db8:54::1")).toContain(" src 2001:db8:1::10 ");
  });
});

/** A TCP server on all addresses of a router, as an operator's own program would be. */
async function listener(router: Router, port: number): Promise<() => Promise<unknown>> {
  const script = `require("net").createServer((s) => s.end()).listen(${port}, "::", () => console.log("ready"))`;
  const server = execa("ip", ["netns", "exec", router.namespace, process.execPath, "-e", script], { reject: false });
  await once(server.stdout, "data");
  return async () => {
    server.kill("SIGKILL");
    await server;
  };
}
