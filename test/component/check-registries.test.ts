import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkNames } from "../../components/check-registries.ts";
import { AnycastNetwork, checkFirst } from "../../components/index.ts";
import { planNetwork } from "../../model/plan-network.ts";
import type { NetworkInput } from "../../model/schema.ts";

let folder: string;
let registered: string[];
let warned: string[];
let told: string[];
const { info, warn } = pulumi.log;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "anycast-registries-"));
  [registered, warned, told] = [[], [], []];
  Object.assign(pulumi.log, {
    warn: async (text: string) => void warned.push(text),
    info: async (text: string) => void told.push(text),
  });
});

afterEach(() => {
  Object.assign(pulumi.log, { info, warn });
  rmSync(folder, { recursive: true });
});

const host = (address: string): NetworkInput["sites"][string]["host"] => ({
  provider: "existing",
  address,
  hostKey: "ssh-ed25519 AAAA",
  ipv4: "192.0.2.7",
  neighbors: [{ address: "192.0.2.1", asn: 64510 }],
  location: { latitude: 1, longitude: 1 },
});

/** Without `rpki`. */
function plain(overrides: Partial<NetworkInput> = {}): NetworkInput {
  return {
    asn: 396982,
    prefixes: ["192.5.5.0/24"],
    services: {
      web: { kind: "external", addresses: ["192.5.5.1"], ports: ["tcp/443"], checks: [{ kind: "tcp", port: 443 }] },
    },
    sites: { ams: { host: host("192.0.2.7") }, sea: { host: host("192.0.2.8"), state: "drained" } },
    floor: 1,
    ...overrides,
  };
}

function network(overrides: Partial<NetworkInput> = {}): NetworkInput {
  return plain({ rpki: { vrps: join(folder, "vrps.json") }, ...overrides });
}

function publish(content: object): void {
  writeFileSync(join(folder, "vrps.json"), JSON.stringify(content));
}

const roa = (asn: number, maxLength = 24) => ({ asn, prefix: "192.5.5.0/24", maxLength, ta: "ripe" });
const made = (hoursAgo: number) => ({ buildtime: new Date(Date.now() - hoursAgo * 3_600_000).toISOString() });

/** What `index.ts` does. */
async function up(input: NetworkInput, preview = false): Promise<void> {
  return program(preview, async () => {
    await checkFirst(input);
    void new AnycastNetwork("anycast", { network: input });
  });
}

/** Runs a program to the end of all that it declares. */
async function program(preview: boolean, run: () => Promise<void>): Promise<void> {
  const mocks: pulumi.runtime.Mocks = {
    call: () => ({ outputs: {} }),
    newResource: ({ name, inputs }) => {
      registered.push(name);
      return { id: name, state: inputs };
    },
  };
  await pulumi.runtime.setMocks(mocks, "anycast", "prod", preview, "acme");
  try {
    await run();
  } finally {
    await pulumi.runtime.disconnect();
  }
}

describe("an update that other networks would reject is refused before anything is declared", () => {
  const cases: [name: string, content: object | undefined, cause: string][] = [
    [
      "RPKI invalid",
      { roas: [roa(64501)] },
      "ROA 192.5.5.0/24: other networks would reject what ams, sea announce (RPKI invalid): the origin is AS396982, and there is 192.5.5.0/24-24 AS64501. Publish a ROA for AS396982, 192.5.5.0/24, maxLength 24",
    ],
    ["no file", undefined, "vrps.json: no such file or directory. A source is the JSON of"],
    ["nothing in it", { roas: [] }, "its list `roas` is empty, as of a validator that has not finished"],
  ];
  test.each(cases)("%s", async (_name, content, cause) => {
    if (content !== undefined) publish(content);
    for (const preview of [true, false]) await expect(up(network(), preview)).rejects.toThrow(cause);
    await expect(up(network())).rejects.toThrow(
      "This run is refused by the check of ROAs, and nothing was changed. To go on without it, remove anycast:network.rpki; where its source fails, an older copy of it as rpki.vrps will do:\n  ROA",
    );
    expect(registered).toEqual([]);
  });
});

test("what no ROA is about, one that allows too much, and an old source are warnings", async () => {
  publish({ metadata: made(30), roas: [{ ...roa(1), prefix: "198.51.100.0/24" }] });
  await up(network());
  expect(warned.filter((text) => text.startsWith("ROA"))).toEqual([
    expect.stringMatching(/^ROA source: .*vrps.json was made 30 hours ago/),
    expect.stringContaining("ROA 192.5.5.0/24: there is none"),
  ]);
  warned = [];
  publish({ metadata: made(1), roas: [roa(396982, 28)] });
  await up(network());
  expect(warned.filter((text) => text.startsWith("ROA"))).toEqual([expect.stringContaining("(RFC 9319)")]);
});

test("a preview says what the ROAs say", async () => {
  publish({ roas: [roa(396982)] });
  await up(network(), true);
  expect(told).toContain(
    "What the ROAs say about the announcements:\n  ROA 192.5.5.0/24: covers the announcement exactly",
  );
});

test("without rpki nothing is read, and nothing is said", async () => {
  await up(plain(), true);
  expect([...warned, ...told].filter((text) => text.includes("ROA"))).toEqual([]);
});

test("a program that configures the check and does not make it is refused", async () => {
  const input = network({ rpki: { vrps: join(folder, "other.json") } });
  const unchecked = program(false, async () => void new AnycastNetwork("anycast", { network: input }));
  await expect(unchecked).rejects.toThrow(
    "anycast:network.rpki: the ROAs are to be checked, and this program does not. Add `await checkFirst(network)`",
  );
});

const named = (name: string): NetworkInput =>
  plain({ sites: { ams: { host: host(name) }, sea: { host: host("192.0.2.8") } } });

describe("where the name leads by which SSH reaches a host", () => {
  const { config } = planNetwork(named("ams.example.net"));
  const asked: string[] = [];
  const leads = (found: readonly string[] | { failure: string }) =>
    checkNames(config, async (name) => {
      asked.push(name);
      return found;
    });

  test("into an announced prefix: refused", async () => {
    await expect(leads(["2001:db8::1", "192.5.5.9"])).rejects.toThrow(
      "SSH must not reach a host by an address that is announced:\n  SSH ams: ams.example.net is 192.5.5.9, inside 192.5.5.0/24, which is announced: the way to manage a host must not depend on it (safety 13). Point the name at the host's own address, or give that as sites.ams.host.address",
    );
    expect(asked).toEqual(["ams.example.net"]);
  });

  test("elsewhere: nothing is said", async () => {
    await leads(["192.0.2.7"]);
    expect(warned).toEqual([]);
  });

  test("nowhere: a warning", async () => {
    await leads({ failure: "ENOTFOUND" });
    expect(warned).toEqual([
      "SSH ams: ams.example.net does not resolve (ENOTFOUND), so that nobody can tell whether it leads into an announced prefix",
    ]);
  });

  test("this machine's own resolver is what is asked", async () => {
    await up(named("ams.host.invalid"));
    expect(warned.filter((text) => text.startsWith("SSH"))).toEqual([
      expect.stringMatching(
        /^SSH ams: ams\.host\.invalid does not resolve \((ENOTFOUND|EAI_AGAIN|no answer in 10 s)\)/,
      ),
    ]);
  }, 30_000);
});
