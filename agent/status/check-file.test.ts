import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkFile } from "./check-file.ts";

const check = { kind: "tcp", address: "203.0.113.53", port: 53 };
const good = {
  site: "ams",
  services: { dns: { checks: [check] } },
  prefixes: [{ cidr: "203.0.113.0/24" }],
};

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "anycast-check-"));
  path = join(folder, "agent.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

function problems(config: unknown): string[] {
  writeFileSync(path, typeof config === "string" ? config : JSON.stringify(config));
  try {
    return [checkFile(path)];
  } catch (error) {
    return (error as Error).message.replaceAll(path, "FILE").split("\n");
  }
}

test("a good file is summed up", () => {
  expect(problems(good)).toEqual(["ok: 1 service, 1 prefix"]);
});

test("each problem is a line with its path, what was given and what is allowed", () => {
  const bad = {
    site: "ams",
    stat: "active",
    services: { dns: { quorum: "most", checks: [{ ...check, port: 99999, fal: 2 }, { kind: "tpc" }] } },
    prefixes: [{ cidr: "203.0.113.1/24" }, { cidr: "192.0.2.0/24", services: ["dsn"] }],
  };
  expect(problems(bad)).toEqual([
    "FILE has 6 problems:",
    "  services.dns.checks[0].port: must be at most 65535, got 99999",
    expect.stringMatching(
      /^ {2}services\.dns\.checks\[0\]: unknown key 'fal'; did you mean 'fall'\? \(known here: kind, /,
    ),
    "  services.dns.checks[1].kind: 'tpc' is not one of dns, http, https, tcp, udp, icmp, ntp, command, file, unit, zones; did you mean 'tcp'?",
    '  services.dns.quorum: must be all, any, or the least weight that must be up, got "most"',
    "  prefixes[0].cidr: '203.0.113.1/24' is no prefix: write it as in 203.0.113.0/24 or 2001:db8:53::/48",
    "  unknown key 'stat'; did you mean 'state'? (known here: site, interface, state, announceWhen, floor, services, prefixes, sessions, heartbeat, drain, metrics)",
  ]);
});

test("a name of a service that is not there", () => {
  expect(problems({ ...good, prefixes: [{ cidr: "192.0.2.0/24", services: ["dsn"] }] })).toEqual([
    "FILE has a problem:",
    "  prefixes[0].services: there is no service 'dsn'",
  ]);
});

test("half a file, and none", () => {
  expect(problems('{"site": ')[0]).toMatch(/^FILE: no complete JSON \(/);
  rmSync(path);
  expect(() => checkFile(path)).toThrow(`${path} does not exist`);
});
