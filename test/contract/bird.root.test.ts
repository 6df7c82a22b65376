import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { agentConfigSchema, type Marker } from "../../model/agent-config.ts";
import { MARKER_INTERFACE, PATHS } from "../../model/paths.ts";
import { agentConfig, renderManifest, renderSecrets } from "../../render/manifest.ts";
import { CASES, PASSWORDS } from "../golden/cases.ts";
import { backToBack, type BackToBack } from "./back-to-back.ts";
import { edgeConfig } from "./edge-config.ts";
import { until } from "./until.ts";

const rendering = CASES["vultr-debian12"]!;
const files = { ...renderManifest(rendering).files, ...renderSecrets(rendering.host, PASSWORDS).files };
const config = files[PATHS.bird]!.content;
const secrets = files[PATHS.birdSecrets]!.content;
const { prefixes } = agentConfigSchema.parse(agentConfig(rendering.network, rendering.site, rendering.host));
const { asn } = rendering.network;
const [ipv4] = prefixes as [(typeof prefixes)[number]];

/** What BIRD does with our configuration, on which the design of announcing leans (facts of BIRD 2.0.12). */
describe("BIRD with the rendered configuration", () => {
  let net: BackToBack;

  beforeAll(async () => {
    net = await backToBack(files, edgeConfig(rendering.host, asn, PASSWORDS));
  });
  afterAll(() => net?.remove());

  beforeEach(async () => {
    await flush();
    await net.site.write(PATHS.bird, config);
    await net.site.write(PATHS.birdSecrets, secrets);
    await net.site.ask("configure");
    await allEstablished();
    for (const { cidr } of prefixes) await gone(cidr);
  });

  const mark = (marker: Marker, seconds: number | "forever" = "forever") => {
    const lifetime = ["valid_lft", `${seconds}`, "preferred_lft", `${seconds}`];
    return net.site.run("ip", "address", "replace", marker.address, "dev", MARKER_INTERFACE, ...lifetime);
  };
  const unmark = (marker: Marker) => net.site.run("ip", "address", "del", marker.address, "dev", MARKER_INTERFACE);
  const flush = () => net.site.run("ip", "address", "flush", "dev", MARKER_INTERFACE);

  /** What the edge has for a prefix, with attributes; undefined when it has nothing. */
  async function atEdge(cidr: string): Promise<string | undefined> {
    const reply = await net.edge.ask(`show route for ${cidr} all`);
    return reply.includes(`${cidr} `) ? reply : undefined;
  }
  /** All that the edge has from the site. */
  const received = () => net.edge.ask("show route where source = RTS_BGP");
  const there = (cidr: string) => until(`${cidr} is at the edge`, () => atEdge(cidr), { pause: 1 });
  const gone = (cidr: string) =>
    until(`${cidr} is gone from the edge`, async () => !(await atEdge(cidr)), { pause: 1 });
  const session = (family: 4 | 6) => net.site.ask(`show protocols all session_v${family}_1`);
  const allEstablished = () =>
    until(
      "both sessions are up",
      async () => /Established/.test(await session(4)) && /Established/.test(await session(6)),
      {
        limit: 40_000,
      },
    );
  /** How many withdrawals the edge has had so far. */
  async function withdrawals(): Promise<number> {
    const counts = [...(await net.edge.ask('show protocols all "site_*"')).matchAll(/Import withdraws: +(\d+)/g)];
    expect(counts).toHaveLength(prefixes.length);
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  }

  it("announces nothing without a marker, although everything else is there", async () => {
    expect(await received()).not.toContain("/");
    expect(await net.site.ask("show route table announce4")).not.toContain("/");
    expect(await net.site.ask("show route table announce6")).not.toContain("/");
  });

  it.each(prefixes)(
    "announces and withdraws $cidr with its marker, long before a marker would expire",
    async ({ cidr, full }) => {
      for (let round = 0; round < 5; round++) {
        const began = performance.now();
        await mark(full);
        await there(cidr);
        const announced = performance.now();
        await unmark(full);
        await gone(cidr);
        expect(announced - began).toBeLessThan(2000);
        expect(performance.now() - announced).toBeLessThan(2000);
      }
    },
  );

  it.each(prefixes)("withdraws $cidr when nobody renews the marker", async ({ cidr, full }) => {
    const began = performance.now();
    await mark(full, 3);
    await there(cidr);
    await gone(cidr);
    expect(performance.now() - began).toBeGreaterThan(2500);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it("announces exactly the prefix, from our AS, by the session's source, with no community", async () => {
    for (const { cidr, full } of prefixes) {
      await mark(full);
      const route = await there(cidr);
      expect(route).toMatch(/BGP.as_path: 64500$/m);
      expect(route).not.toContain("BGP.community");
      expect(route).toMatch(/BGP.next_hop: (192\.0\.2\.10|2001:db8:1::10)/);
    }
    expect((await received()).match(/^\S+\/\d+ /gm)).toHaveLength(prefixes.length);
  });

  it("announces a drained prefix as the last choice", async () => {
    for (const { cidr, drained } of prefixes) {
      await mark(drained);
      const route = await there(cidr);
      expect(route).toMatch(/BGP.as_path: 64500 64500 64500 64500$/m);
      expect(route).toMatch(/BGP.community: \(20473,6003\) \(65535,0\)$/m);
    }
  });

  it("goes from full to drained and back without a withdrawal, full winning while both markers live", async () => {
    const { cidr, full, drained } = ipv4;
    await mark(full);
    await there(cidr);
    const before = await withdrawals();
    const prepended = async () => (await atEdge(cidr))?.includes("64500 64500") ?? false;
    await mark(drained);
    await unmark(full);
    await until("the route is drained", prepended, { pause: 1 });
    await mark(full);
    await until("the route is full again", async () => !(await prepended()), { pause: 1 });
    await unmark(drained);
    expect(await prepended()).toBe(false);
    expect(await withdrawals()).toBe(before);
    await unmark(full);
    await gone(cidr);
    expect(await withdrawals()).toBe(before + 1);
  });

  it("keeps what is announced and what is not through `configure`", async () => {
    const [first, second] = prefixes as [typeof ipv4, typeof ipv4];
    await mark(first.full);
    await there(first.cidr);
    const before = await withdrawals();
    await net.site.write(PATHS.bird, config.replace("scan time 60", "scan time 61"));
    expect(await net.site.ask("configure")).toMatch(/Reconfigured|Reconfiguration in progress/);
    await until("the session is up after `configure`", async () => /Established/.test(await session(4)));
    expect(await atEdge(first.cidr)).toBeDefined();
    expect(await atEdge(second.cidr)).toBeUndefined();
    expect(await withdrawals()).toBe(before);
  });

  it("follows the marker also while bird.conf is broken", async () => {
    await mark(ipv4.full);
    await there(ipv4.cidr);
    await net.site.write(PATHS.bird, `${config}\nprotocol nonsense {`);
    expect(await net.site.ask("configure")).toContain("syntax error");
    await flush();
    await gone(ipv4.cidr);
  });

  it("exports no other prefix, no longer one, and not ours from another protocol", async () => {
    const leak = `protocol static leak { ipv4 { table announce4; preference 250; };
      route 203.0.113.0/25 unreachable; route 203.0.112.0/23 unreachable; route 198.51.100.0/24 unreachable; route 203.0.113.0/24 unreachable; }`;
    await mark(ipv4.full);
    await there(ipv4.cidr);
    await net.site.write(PATHS.bird, `${config}\n${leak}`);
    await net.site.ask("configure");
    await gone(ipv4.cidr);
    expect(await net.site.ask("show route table announce4 count")).toContain("4 networks");
    expect(await received()).not.toContain("/");
    expect(await session(4)).toMatch(/Established/);
  });

  it("shuts the session down when more than our prefixes would be exported", async () => {
    const leak =
      "protocol static leak { ipv4 { table announce4; }; route 198.51.100.0/24 unreachable; route 192.0.3.0/24 unreachable; }";
    await net.site.write(PATHS.bird, `${config.replace("export filter export_announce4;", "export all;")}\n${leak}`);
    await net.site.ask("configure");
    await until("the limit ends the session", async () => (await session(4)).includes("Route limit exceeded"));
    expect(await session(4)).not.toMatch(/Established/);
    expect(await received()).not.toContain("/");
    await net.site.write(PATHS.bird, config);
    await net.site.ask("configure");
    await net.site.ask("enable session_v4_1");
  });

  it("goes back by itself from `configure timeout`, and at once by `configure undo`", async () => {
    const candidate = `${config}\nprotocol static candidate { ipv4; }`;
    const inForce = async () => (await net.site.ask("show protocols candidate")).includes("Static");
    await net.site.write(PATHS.bird, candidate);

    await net.site.ask("configure timeout 1");
    await until("the candidate is in force", inForce);
    await until("BIRD goes back by itself", async () => !(await inForce()));

    await net.site.ask("configure timeout 30");
    await until("the candidate is in force again", inForce);
    await net.site.ask("configure undo");
    await until("the undo is done", async () => !(await inForce()));

    await net.site.ask("configure timeout 30");
    expect(await net.site.ask("configure confirm")).toContain("confirmed");
    expect(await net.site.ask("configure status")).not.toMatch(/undo is scheduled|timeout/i);
    expect(await inForce()).toBe(true);
  });

  it("stays silent with a wrong password: no session, and no error that names the cause", async () => {
    const rejected = async () => {
      const [names = "", values = ""] = (await net.edge.run("grep", "^TcpExt:", "/proc/net/netstat")).split("\n");
      return Number(values.split(" ")[names.split(" ").indexOf("TCPMD5Failure")]);
    };
    const before = await rejected();
    await net.site.write(PATHS.birdSecrets, secrets.replaceAll("not-a-secret", "wrong"));
    await net.site.ask("configure");
    await until("the edge rejects our segments", async () => (await rejected()) > before + 1);
    const text = await session(4);
    expect(text).toMatch(/BGP state: +(Active|Connect)/);
    expect(text).not.toMatch(/Last error:.*(MD5|auth|password)/i);
  });

  it("puts the whole prefixes into the kernel as unreachable, and no route by a marker", async () => {
    for (const { cidr, full } of prefixes) {
      await mark(full);
      await there(cidr);
    }
    const routes = `${await net.site.run("ip", "-4", "route")}\n${await net.site.run("ip", "-6", "route")}`;
    const ofBird = routes.split("\n").filter((line) => line.includes("proto bird"));
    expect(ofBird.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual(
      prefixes.map(({ cidr }) => `unreachable ${cidr}`),
    );
    expect(await net.site.run("ip", "route", "get", "203.0.113.53")).toContain("local 203.0.113.53");
    expect(await net.site.run("ip", "-6", "route", "get", "2001:db8:53::53")).toContain("local 2001:db8:53::53");
  });

  it("takes no default route from the provider, which would replace the host's own", async () => {
    expect(await net.edge.ask("show protocols all site_v4")).toMatch(/Routes: .* 1 exported/);
    expect(await net.site.ask("show route 0.0.0.0/0")).not.toContain("session_v4_1");
    expect(await net.site.run("ip", "route", "show", "default")).toBe("default via 192.0.2.1 dev eth0 ");
    expect(await net.site.run("ip", "-6", "route", "show", "default")).toMatch(
      /^default via 2001:db8:1::1 dev eth0 .*$/,
    );
  });

  it("is forgotten at once when BIRD dies, and back when it starts with a living marker", async () => {
    await mark(ipv4.full);
    await there(ipv4.cidr);
    const began = performance.now();
    await net.site.stop("SIGKILL");
    await gone(ipv4.cidr);
    expect(performance.now() - began).toBeLessThan(2000);
    await net.site.start();
    await until("the prefix is back", () => atEdge(ipv4.cidr), { limit: 40_000 });
  });
});
