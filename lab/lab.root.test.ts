import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { readAccount } from "./account.ts";
import { removeCgroup } from "./cgroups.ts";
import { down } from "./down.ts";
import { nodeNames } from "./exec.ts";
import { fail, heal } from "./faults.ts";
import { labPaths, managementInterface, type Lab } from "./folder.ts";
import { followRoutes, readForwarding } from "./forwarding.ts";
import { changeLab, removeHost, upHost, type HostOutput } from "./hosts.ts";
import { inspect, inspectNode, removeNodes } from "./namespaces.ts";
import { run, tryRun, type Ended } from "./process.ts";
import { readState, type Fault, type HostSpec } from "./state.ts";
import { labStatus } from "./status.ts";
import { disposeLab, linksIn, runIn, temporaryLab, tracesOf } from "./temporary-lab.ts";
import { topology } from "./topology.ts";

/** How long the lab may take for what it does by itself. */
const SOON = { timeout: 20_000 };

const VIP4 = "203.0.113.53";
const VIP6 = "2001:db8:53::53";

function spec(region: string, prefixes = ["203.0.113.0/24", "2001:db8:53::/48"]): HostSpec {
  return { site: region, region, profile: "vultr", asn: 64500, prefixes };
}

/** What a customer's BIRD is told by hand: sessions as Vultr's, two prefixes, and some things that it should not announce. */
function customersBird(host: HostOutput, password: string, filter = ""): string {
  return `router id ${host.ipv4};
protocol device {}
protocol static v4 { ipv4; route 203.0.113.0/24 unreachable; route 192.0.2.0/24 unreachable; }
protocol static v6 { ipv6; route 2001:db8:53::/48 unreachable; }
filter announced { ${filter} accept; }
template bgp vultr { multihop 2; password "${password}"; connect delay time 1; connect retry time 1; error wait time 1, 1; }
protocol bgp vultr4 from vultr {
  local ${host.ipv4} as 64500; neighbor 169.254.169.254 as 64515;
  ipv4 { import none; export filter announced; };
}
protocol bgp vultr6 from vultr {
  local ${host.ipv6} as 64500; neighbor 2001:19f0:ffff::1 as 64515;
  ipv6 { import none; export filter announced; };
}
`;
}

async function startBird(
  lab: Lab,
  host: HostOutput,
  site: string,
  changes: { password?: string; filter?: string } = {},
) {
  const { bgpPassword } = await readAccount(lab);
  const config = customersBird(host, changes.password ?? bgpPassword, changes.filter);
  const script = "cat >/etc/bird/bird.conf && systemctl restart bird";
  expect(await runIn(lab, `site-${site}`, ["sh", "-c", script], config)).toMatchObject({ status: 0 });
}

/** The sites at which packets from a region's clients arrive, for IPv4 and IPv6. */
async function landing(lab: Lab, region: string): Promise<(string | null)[]> {
  const state = await readState(lab);
  if (state === undefined) throw new Error("no lab");
  const { links } = topology(state, managementInterface(lab));
  const forwarding = await readForwarding(lab, state, [VIP4, VIP6]);
  return [VIP4, VIP6].map((address) => followRoutes(links, forwarding, region, address));
}

async function lands(lab: Lab, region: string, site: string | null): Promise<void> {
  await vi.waitFor(async () => expect(await landing(lab, region)).toEqual([site, site]), SOON);
}

function main(args: readonly string[], input = ""): Promise<Ended> {
  const argv = ["--import", "tsx", join(import.meta.dirname, "main.ts"), ...args];
  return tryRun(process.execPath, argv, { input, env: { ...process.env, ANYCAST_LAB_DIR: lab.folder } });
}

let lab: Lab;
let fra: HostOutput;
let nyc: HostOutput;

beforeAll(async () => {
  lab = await temporaryLab();
  await changeLab(lab, (state) => ({ ...state, clients: ["syd", "sao"] }));
  [fra, nyc] = await Promise.all([upHost(lab, spec("fra")), upHost(lab, spec("nyc"))]);
});

afterAll(async () => {
  await disposeLab(lab);
});

describe("the Internet", () => {
  test("has a BIRD in every router that finds nothing wrong in its configuration", async () => {
    const routers = (await nodeNames(lab)).filter((name) => /^(edge|transit)-/.test(name));
    expect(routers).toHaveLength(3 + 4);
    for (const router of routers) {
      expect(await runIn(lab, router, ["bird", "-p", "-c", "/run/bird/bird.conf"])).toEqual({
        status: 0,
        stdout: "",
        stderr: "",
      });
    }
  });

  test("connects clients with each other and with hosts, by IPv4 and IPv6", async () => {
    for (const address of ["100.65.50.10", "2001:db8:2032::10", fra.ipv4, fra.ipv6]) {
      await vi.waitFor(
        async () =>
          expect(await runIn(lab, "client-syd", ["ping", "-c", "1", "-W", "1", address])).toMatchObject({ status: 0 }),
        SOON,
      );
    }
  });

  test("cannot be written to: nodes share the base image", async () => {
    const { status, stderr } = await runIn(lab, "edge-fra", ["touch", "/etc/changed"]);
    expect([status, stderr]).toEqual([1, expect.stringContaining("Read-only file system")]);
  });

  test("stays as it is when nothing changes", async () => {
    const [before, links] = [inspect(lab), await linksIn(lab, "edge-fra")];
    await changeLab(lab, (state) => state);
    expect([inspect(lab), await linksIn(lab, "edge-fra")]).toEqual([before, links]);
  });

  test("brings back a router that died, with its cables", async () => {
    process.kill(inspectNode(lab, "edge-sao")?.init ?? 0, "SIGKILL");
    await vi.waitFor(async () => expect(inspectNode(lab, "edge-sao")?.init).toBeUndefined(), SOON);
    await changeLab(lab, (state) => state);
    await vi.waitFor(async () => {
      const { stdout } = await runIn(lab, "edge-sao", ["birdc", "show", "protocols"]);
      expect(stdout.match(/Established/g)).toHaveLength(4);
    }, SOON);
  });
});

describe("a host", () => {
  test("accepts the operator's key at its management address, under the pinned host key", async () => {
    const known = join(lab.folder, "known_hosts");
    await run("sh", ["-c", 'echo "$1" >"$2"', "sh", `${fra.address} ${fra.hostKey}`, known]);
    const options = ["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", `UserKnownHostsFile=${known}`];
    const ssh = ["-i", labPaths(lab).operatorKey, ...options, `root@${fra.address}`, "hostname"];
    expect(await run("ssh", ssh)).toBe("fra\n");
  });

  test("is a whole Debian that comes up without a failed unit", async () => {
    await vi.waitFor(
      async () => expect((await runIn(lab, "site-fra", ["systemctl", "is-system-running"])).stdout).toBe("running\n"),
      SOON,
    );
  });

  test("is kept when it is asked for again", async () => {
    const before = inspectNode(lab, "site-fra")?.init;
    expect(await upHost(lab, spec("fra"))).toEqual(fra);
    expect(inspectNode(lab, "site-fra")?.init).toBe(before);
  });

  test("cannot move", async () => {
    await expect(upHost(lab, { ...spec("fra"), region: "nyc" })).rejects.toThrow(
      "fra is in fra and cannot move to nyc",
    );
  });

  test("has the network of a fresh machine after a reboot", async () => {
    const before = inspectNode(lab, "site-nyc")?.init;
    const leftovers = "ip addr add 203.0.113.9/32 dev lo; ip link add any0 type bridge; nft add table inet left";
    await runIn(lab, "site-nyc", ["sh", "-c", `${leftovers}; systemctl reboot`]);
    await vi.waitFor(async () => {
      const now = inspectNode(lab, "site-nyc")?.init;
      expect(now).toBeDefined();
      expect(now).not.toBe(before);
      expect((await runIn(lab, "site-nyc", ["systemctl", "is-system-running"])).stdout).toBe("running\n");
    }, SOON);
    const { stdout } = await runIn(lab, "site-nyc", [
      "sh",
      "-c",
      "ip -br addr; nft list ruleset; ip route; ip -6 route",
    ]);
    expect(stdout).not.toMatch(/203\.0\.113\.9|any0|left/);
    expect(stdout).toContain("default via 100.64.1.1 dev eth0");
    expect(stdout).toContain("default via 2001:db8:1001:1::1 dev eth0");
  });
});

describe("the provider", () => {
  test("takes the registered prefixes from the customer, and nothing else", async () => {
    await startBird(lab, fra, "fra");
    await vi.waitFor(async () => {
      const { sessions } = await labStatus(lab);
      expect(sessions.filter(({ site }) => site === "fra")).toMatchObject([
        { family: 4, neighbor: fra.ipv4, state: "Established", prefixes: 1 },
        { family: 6, neighbor: fra.ipv6, state: "Established", prefixes: 1 },
      ]);
    }, SOON);
    await lands(lab, "syd", "fra");
    const { stdout } = await runIn(lab, "transit-1", ["birdc", "show", "route", "for", "192.0.2.0/24"]);
    expect(stdout).toContain("Network not found");
  });

  test("takes no prefix with another origin", async () => {
    await startBird(lab, fra, "fra", { filter: "bgp_path.prepend(64666);" });
    await vi.waitFor(async () => {
      const { sessions } = await labStatus(lab);
      expect(sessions.map(({ state, prefixes }) => [state, prefixes]).slice(0, 2)).toEqual([
        ["Established", 0],
        ["Established", 0],
      ]);
    }, SOON);
    expect(await landing(lab, "syd")).toEqual([null, null]);
  });

  test("does not speak to a host with a wrong password", async () => {
    await startBird(lab, fra, "fra", { password: "wrong" });
    await vi.waitFor(async () => {
      const { stdout } = await runIn(lab, "edge-fra", ["nstat", "-asz", "TcpExtTCPMD5Failure"]);
      expect(stdout).toMatch(/TCPMD5Failure +[1-9]/);
    }, SOON);
    const { sessions } = await labStatus(lab);
    expect(sessions.filter(({ state }) => state === "Established")).toEqual([]);
  });

  test("takes a change of the registered prefixes without touching the host or its session", async () => {
    await startBird(lab, fra, "fra");
    await lands(lab, "fra", "fra");
    const since = async () => (await runIn(lab, "site-fra", ["birdc", "show", "protocols", "vultr4"])).stdout;
    const before = await since();
    await upHost(lab, spec("fra", ["2001:db8:53::/48"]));
    await vi.waitFor(async () => expect(await landing(lab, "fra")).toEqual([null, "fra"]), SOON);
    await upHost(lab, spec("fra"));
    await vi.waitFor(async () => expect(await landing(lab, "fra")).toEqual(["fra", "fra"]), SOON);
    expect(await since()).toBe(before);
  });
});

describe("traffic", () => {
  beforeAll(async () => {
    await Promise.all([startBird(lab, fra, "fra"), startBird(lab, nyc, "nyc")]);
    await lands(lab, "nyc", "nyc");
    await lands(lab, "fra", "fra");
  });

  test("lands at the nearest site", async () => {
    for (const region of ["sao", "syd"]) expect(await landing(lab, region)).toEqual(["nyc", "nyc"]);
  });

  test("leaves a site that drains: GRACEFUL_SHUTDOWN and the provider's prepends", async () => {
    const filter = "bgp_community.add((65535, 0)); bgp_community.add((20473, 6003));";
    await startBird(lab, nyc, "nyc", { filter });
    await lands(lab, "nyc", "fra");
    await lands(lab, "syd", "fra");
    expect(await landing(lab, "sao")).toEqual(["fra", "fra"]);
    // The last one is still there, should the other go.
    await fail(lab, "link-down", "fra");
    await lands(lab, "syd", "nyc");
    await heal(lab, "fra");
    await startBird(lab, nyc, "nyc");
    await lands(lab, "syd", "nyc");
    await lands(lab, "fra", "fra");
  });

  test.each<[Fault, number]>([
    ["link-down", 1000],
    ["bird-kill", 1000],
    ["host-off", 10_000],
    ["blackhole", 12_000],
  ])("leaves a site with %s, within the profile's hold time, and comes back", async (fault, within) => {
    await fail(lab, fault, "fra");
    await vi.waitFor(async () => expect(await landing(lab, "fra")).toEqual(["nyc", "nyc"]), { timeout: within });
    const { sites } = await labStatus(lab);
    expect(sites.find(({ site }) => site === "fra")?.faults).toEqual([fault]);
    // Management is not cut, but where there is no power.
    if (fault !== "host-off") await upHost(lab, spec("fra"));
    await heal(lab, "fra");
    if (fault === "host-off") await runIn(lab, "site-fra", ["systemctl", "start", "bird"]);
    await lands(lab, "fra", "fra");
    expect((await labStatus(lab)).sites.find(({ site }) => site === "fra")).toMatchObject({
      state: "running",
      faults: [],
    });
  });

  test("cannot have a service broken that is not there", async () => {
    await expect(fail(lab, "agent-kill", "fra")).rejects.toThrow("agent-kill cannot be done to fra: No files found");
    expect((await readState(lab))?.hosts["fra"]?.faults).toEqual([]);
  });
});

describe("the command", () => {
  test.each(["client-syd", "edge-fra", "site-fra"])(
    "exec passes input, output and status through: %s",
    async (node) => {
      const ended = await main(["exec", node, "--", "sh", "-c", "hostname >&2; cat; exit 7"], "hello");
      expect(ended).toEqual({ status: 7, stdout: "hello", stderr: `${node.replace("site-", "")}\n` });
    },
  );

  test.each([
    [["exec", "site-fr", "true"], "Unknown node 'site-fr': nodes are transit-1,"],
    [["fail", "link-dwn", "fra"], "did you mean 'link-down'?"],
    [["fail", "link-down", "ams"], "Unknown site 'ams': sites are fra, nyc"],
    [["heal", "fro"], "did you mean 'fra'?"],
    [["stauts"], "did you mean 'status'?"],
  ])("says what is wrong in one sentence, status 2: %s", async (args, message) => {
    const { status, stdout, stderr } = await main(args);
    expect([status, stdout, stderr.trim().split("\n").length]).toEqual([2, "", 1]);
    expect(stderr).toContain(message);
  });

  test("status prints nothing but JSON", async () => {
    const { status, stdout } = await main(["status", "--json"]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ sites: [{ site: "fra" }, { site: "nyc" }] });
  });
});

describe("after a restart of the machine", () => {
  test("everything comes back, with the hosts' disks and keys", async () => {
    await runIn(lab, "site-fra", ["sh", "-c", "echo kept >/srv/file; sync"]);
    await removeNodes(lab, inspect(lab));
    await removeCgroup(lab);
    // /run may be on a disk: then the names of namespaces are still there, with nothing behind them.
    await run("sh", ["-c", `: >/run/netns/lab-${lab.id}-edge-fra`]);
    expect((await labStatus(lab)).sites).toMatchObject([{ state: "stopped" }, { state: "stopped" }]);
    expect(await Promise.all([upHost(lab, spec("fra")), upHost(lab, spec("nyc"))])).toEqual([fra, nyc]);
    expect((await runIn(lab, "site-fra", ["cat", "/srv/file"])).stdout).toBe("kept\n");
    await Promise.all(["fra", "nyc"].map((site) => runIn(lab, `site-${site}`, ["systemctl", "restart", "bird"])));
    await lands(lab, "fra", "fra");
    await lands(lab, "sao", "nyc");
  });
});

describe("two labs", () => {
  let other: Lab;

  beforeAll(async () => {
    other = await temporaryLab();
  });

  afterAll(async () => {
    await disposeLab(other);
  });

  test("do not see each other, and one goes without the other", async () => {
    const host = await upHost(other, spec("fra"));
    expect(host.address).not.toBe(fra.address);
    expect(host.managementFrom).not.toEqual(fra.managementFrom);
    expect((await readAccount(other)).bgpPassword).not.toBe((await readAccount(lab)).bgpPassword);
    await startBird(other, host, "fra");
    await lands(other, "fra", "fra");
    const before = inspect(lab);
    await down(other);
    expect(await tracesOf(other)).toEqual([]);
    expect(inspect(lab)).toEqual(before);
    await lands(lab, "fra", "fra");
  });
});

describe("nothing is left", () => {
  test("of a host that is removed, and of its region if it was the last", async () => {
    await upHost(lab, spec("ams"));
    await upHost(lab, { ...spec("fra"), site: "fra2" });
    const others = inspect(lab);
    await removeHost(lab, "ams");
    await removeHost(lab, "fra2");
    const traces = (await tracesOf(lab)).filter((trace) => /ams|fra2/.test(trace));
    expect(traces).toEqual([]);
    const gone = ["site-ams", "edge-ams", "client-ams", "site-fra2"];
    expect(inspect(lab)).toEqual(new Map([...others].filter(([name]) => !gone.includes(name))));
    for (const transit of ["transit-1", "transit-2", "transit-3", "edge-fra"]) {
      expect(await linksIn(lab, transit)).not.toMatch(/ams|lan1/);
    }
    const folders = await run("find", [lab.folder, "-maxdepth", "2"]);
    expect(folders).not.toMatch(/ams|fra2/);
    await lands(lab, "syd", "nyc");
  });

  test("of a lab that goes down after things were killed and torn in the middle", async () => {
    expect(await tracesOf(lab)).not.toEqual([]);
    const supervisor = await run("pgrep", ["-f", `^systemd-nspawn .*--machine=lab-${lab.id}-site-nyc`]);
    process.kill(Number(supervisor), "SIGKILL");
    process.kill(inspectNode(lab, "transit-1")?.init ?? 0, "SIGKILL");
    await run("ip", ["netns", "del", `lab-${lab.id}-edge-syd`]);
    // What a reboot of the machine leaves of a namespace.
    await run("sh", ["-c", `: >/run/netns/lab-${lab.id}-client-gone`]);
    await down(lab);
    expect(await tracesOf(lab)).toEqual([]);
    await down(lab);
  });

  test("by way of password files that others can read", async () => {
    const again = await temporaryLab();
    try {
      await changeLab(again, (state) => ({ ...state, clients: ["fra"] }));
      const paths = labPaths(again);
      const modes = await run("stat", [
        "-c",
        "%a",
        paths.account,
        paths.operatorKey,
        join(paths.node("edge-fra"), "bird/bird.conf"),
      ]);
      expect(modes).toBe("600\n600\n600\n");
      expect(await readFile(paths.account, "utf8")).toMatch(/^\{"bgpPassword":"[A-Za-z0-9]{16}"\}\n$/);
    } finally {
      await disposeLab(again);
    }
  });
});
