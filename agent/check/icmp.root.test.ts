import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { finding } from "../testing/loopback.ts";

const run = promisify(execFile);
const ip = (...args: string[]) => run("ip", args);
const icmp = (address: string) => ({ kind: "icmp", address }) as const;

describe("in this namespace", () => {
  test.each(["127.0.0.1", "::1"])("%s answers", async (address) => {
    expect(await finding(icmp(address))).toBe("healthy");
  });

  test("many at once are kept apart", async () => {
    const addresses = Array.from({ length: 200 }, (_, index) => `127.0.1.${index + 1}`);
    const findings = await Promise.all(addresses.map((address) => finding(icmp(address))));
    expect(new Set(findings)).toEqual(new Set(["healthy"]));
  });

  test("one child does it all, and is started again when it died", async () => {
    expect(await finding(icmp("127.0.0.1"))).toBe("healthy");
    const [child] = await perls();
    expect(child).toBeDefined();
    expect(await perls()).toHaveLength(1);
    process.kill(child!, "SIGKILL");
    await expect.poll(perls).toEqual([]);
    expect(await finding(icmp("127.0.0.1"))).toBe("healthy");
    expect(await perls()).toHaveLength(1);
  });
});

/** The processes of this one that hold raw sockets. */
async function perls(): Promise<number[]> {
  const { stdout } = await run("ps", ["--ppid", String(process.pid), "-o", "pid=,stat=,comm="]);
  return [...stdout.matchAll(/^ *(\d+) [^Z]\S* +perl$/gm)].map(([, pid]) => Number(pid));
}

describe("in a namespace of its own", () => {
  const space = `anycast-icmp-${process.pid}`;
  const router = `${space}-r`;
  beforeAll(async () => {
    for (const name of [space, router]) await ip("netns", "add", name);
    await ip("-n", space, "link", "add", "uplink", "type", "veth", "peer", "name", "downlink", "netns", router);
    for (const [name, device, address, address6] of [
      [space, "uplink", "192.0.2.1/24", "2001:db8::1/64"],
      [router, "downlink", "192.0.2.254/24", "2001:db8::fe/64"],
    ] as const) {
      await ip("-n", name, "address", "add", address, "dev", device);
      await ip("-n", name, "address", "add", address6, "dev", device, "nodad");
      await ip("-n", name, "link", "set", device, "up");
    }
    await ip("-n", space, "route", "add", "198.51.100.0/24", "via", "192.0.2.254");
    await ip("-n", space, "route", "add", "2001:db8:1::/48", "via", "2001:db8::fe");
    await run("ip", [
      "netns",
      "exec",
      router,
      "sysctl",
      "-qw",
      "net.ipv4.ip_forward=1",
      "net.ipv6.conf.all.forwarding=1",
    ]);
    await ip("-n", router, "route", "add", "unreachable", "198.51.100.0/25");
    await ip("-n", router, "route", "add", "unreachable", "2001:db8:1::/64");
    await ip("-n", router, "route", "add", "blackhole", "198.51.100.128/25");
  });
  afterAll(async () => {
    for (const name of [space, router]) await ip("netns", "delete", name);
  });

  /** What the check finds there, in a process of its own; within 3 s, as the kernel repeats a lost question for a neighbor after 1 s. */
  async function findingThere(address: string, ...before: string[]): Promise<string> {
    const script = `
      import { icmpCheck } from ${JSON.stringify(`${import.meta.dirname}/icmp.ts`)};
      const giveUp = new AbortController();
      setTimeout(() => giveUp.abort(new Error("given up")), 3000);
      console.log(await icmpCheck({ address: ${JSON.stringify(address)} }).probe(giveUp.signal).then(() => "healthy", ({ message }) => message));
      process.exit();`;
    const node = [process.execPath, "--import", "tsx", "--input-type=module", "--eval", script];
    const { stdout } = await run("ip", ["netns", "exec", space, ...before, ...node], { cwd: import.meta.dirname });
    return stdout.trim();
  }

  test.each([
    ["192.0.2.254", "healthy"],
    ["2001:db8::fe", "healthy"],
    ["198.51.100.1", "192.0.2.254 says that it cannot be reached"],
    ["2001:db8:1::1", "2001:db8::fe says that it cannot be reached"],
    ["198.51.100.129", "given up"],
    ["203.0.113.1", "cannot be sent: Network is unreachable"],
  ])("%s: %s", async (address, expected) => {
    expect(await findingThere(address)).toBe(expected);
  });

  test("without the right to raw sockets it says so", async () => {
    const without = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"];
    expect(await findingThere("192.0.2.254", ...without)).toBe("cannot be sent: Operation not permitted");
  });
});
