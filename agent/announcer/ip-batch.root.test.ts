import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";

const NAMESPACE = `agt-ip-${process.pid}`;

beforeAll(async () => {
  await execa("ip", ["netns", "add", NAMESPACE]);
  await execa("ip", ["-n", NAMESPACE, "link", "add", "any0", "type", "bridge"]);
  await execa("ip", ["-n", NAMESPACE, "link", "set", "any0", "up"]);
});
afterAll(() => execa("ip", ["netns", "del", NAMESPACE]));

/** Renews a marker 5000 times and looks all the while whether it is there; then what the `ip` of the moment takes, in KiB. */
const PROGRAM = `
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { IpBatch } from "./agent/announcer/ip-batch.ts";
import { systemClock } from "./agent/clock.ts";
const said = [];
const ip = new IpBatch("any0", systemClock, { log: (line) => said.push(line), onRestart: () => said.push("restart"), onMissing: () => said.push("missing") });
const there = () => execFileSync("ip", ["-o", "address", "show", "dev", "any0"], { encoding: "utf8" }).includes("198.19.0.0/31");
const until = async (condition) => { while (!condition()) await sleep(5); };
const renew = () => ip.write("addr replace 198.19.0.0/31 dev any0 valid_lft 3 preferred_lft 3");
renew();
await until(there);
let gone = 0;
for (let burst = 0; burst < 50; burst += 1) {
  for (let index = 0; index < 100; index += 1) renew();
  await sleep(10);
  if (!there()) gone += 1;
}
const newest = (parent, name) => execFileSync("pgrep", ["-n", "-P", parent, "-x", name], { encoding: "utf8" }).trim();
let batch = "";
const found = () => {
  try {
    batch = newest(newest(String(process.pid), "sh"), "ip");
    return true;
  } catch {
    return false;
  }
};
await until(found);
const resident = Number(/VmRSS:\\s+(\\d+)/.exec(readFileSync("/proc/" + batch + "/status", "utf8"))[1]);
ip.write("addr del 198.19.0.0/31 dev any0");
await until(() => !there());
ip.close();
console.log(JSON.stringify({ gone, said, resident }));
`;

test("ip is replaced before it takes much memory, without a gap, in order, and silently", async () => {
  const { stdout } = await execa(
    "ip",
    ["netns", "exec", NAMESPACE, "node", "--import", "tsx", "--input-type=module", "--eval", PROGRAM],
    { timeout: 30_000 },
  );
  const { resident, ...rest } = JSON.parse(stdout) as { resident: number };
  expect(rest).toEqual({ gone: 0, said: [] });
  expect(resident).toBeLessThan(10_000);
});
