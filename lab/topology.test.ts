import { array, assert, constantFrom, pre, property, uniqueArray } from "fast-check";
import { describe, expect, test } from "vitest";
import { METROS } from "../model/metros.ts";
import { bare } from "./addressing.ts";
import { followRoutes } from "./forwarding.ts";
import { withHost, withoutHost } from "./hosts.ts";
import { nodeConfig } from "./node-config.ts";
import { edgeSessions, providersOf } from "./router-sessions.ts";
import { leastFree, type Fault, type HostSpec, type LabState } from "./state.ts";
import { topology, type Node } from "./topology.ts";
import { withRegions } from "./up.ts";

const EMPTY: LabState = { format: 1, subnet: 3, base: "/base", clients: [], awaited: [], hosts: {} };
const MACHINE = "lab-abcdef";

function spec(site: string, region: string): HostSpec {
  return { site, region, profile: "vultr", asn: 64500, prefixes: ["203.0.113.0/24", "2001:db8:53::/48"] };
}

function labOf(regions: readonly string[]): LabState {
  return regions.reduce((state, region, index) => withHost(state, spec(`s${index}`, region)), EMPTY);
}

function withFault(state: LabState, site: string, fault: Fault): LabState {
  const host = state.hosts[site];
  if (host === undefined) throw new Error(`no host ${site}`);
  return { ...state, hosts: { ...state.hosts, [site]: { ...host, faults: [fault] } } };
}

function nodeOf(state: LabState, name: string): Node {
  const node = topology(state, MACHINE).nodes.find((each) => each.name === name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return node;
}

function names(state: LabState): string[] {
  return topology(state, MACHINE).nodes.map(({ name }) => name);
}

/** Node → all that it is configured with. */
function configurations(state: LabState): Map<string, string> {
  const { nodes } = topology(state, MACHINE);
  return new Map(nodes.map((node) => [node.name, JSON.stringify([node, nodeConfig(node, state, "password12345678")])]));
}

const metros = uniqueArray(constantFrom(...METROS.keys()), { minLength: 1, maxLength: 12 });
/** Several hosts may be in one region. */
const hostRegions = array(constantFrom(...METROS.keys()), { minLength: 1, maxLength: 12 });

describe("any set of metros", () => {
  test("has addresses, hardware addresses and names that are unique and fit", () => {
    assert(
      property(hostRegions, metros, (hosts, clients) => {
        const { nodes, links } = topology({ ...labOf(hosts), clients }, MACHINE);
        expect(new Set(nodes.map(({ name }) => name)).size).toBe(nodes.length);
        const addresses = nodes
          .flatMap(({ interfaces }) => interfaces.flatMap((each) => each.addresses.map(bare)))
          .filter((address) => !address.startsWith("fe80:"));
        expect(new Set(addresses).size).toBe(addresses.length);
        const hardware = links.flat().flatMap((end) => end.hardwareAddress ?? []);
        expect(new Set(hardware).size).toBe(hardware.length);
        for (const { interfaces } of nodes) {
          for (const { name } of interfaces) expect(name.length).toBeLessThanOrEqual(15);
        }
      }),
    );
  });

  test("has exactly one link at every interface", () => {
    assert(
      property(hostRegions, metros, (hosts, clients) => {
        const { nodes, links } = topology({ ...labOf(hosts), clients }, MACHINE);
        const ends = links.flat().map((end) => `${end.node ?? "machine"} ${end.interface}`);
        const interfaces = nodes.flatMap((node) => node.interfaces.map(({ name }) => `${node.name} ${name}`));
        expect(ends.toSorted()).toEqual([...interfaces, `machine ${MACHINE}`].toSorted());
      }),
    );
  });

  test("gives every edge two different transits, the nearest ones", () => {
    for (const region of METROS.keys()) expect(new Set(providersOf(region)).size).toBe(2);
    expect(providersOf("fra")).toEqual([1, 2]);
    expect(providersOf("nyc")).toEqual([2, 1]);
    expect(providersOf("sin")).toEqual([3, 1]);
    expect(providersOf("lax")).toEqual([2, 1]);
    expect(providersOf("syd")).toEqual([3, 2]);
    expect(edgeSessions("nyc").map(({ km }) => km)).toEqual([0, 6203]);
  });

  test("lets a new region change nothing but the transits", () => {
    assert(
      property(hostRegions, constantFrom(...METROS.keys()), (hosts, region) => {
        pre(!hosts.includes(region));
        const before = labOf(hosts);
        const after = configurations({ ...before, clients: [region] });
        const changed = [...configurations(before)].filter(([name, text]) => after.get(name) !== text);
        expect(changed.map(([name]) => name.split("-")[0])).toEqual(changed.map(() => "transit"));
      }),
    );
  });

  test("lets a new host in a region that exists change its edge and the management network alone", () => {
    assert(
      property(hostRegions, (hosts) => {
        const before = labOf(hosts);
        const region = hosts[0] ?? "";
        const after = configurations(withHost(before, spec("new", region)));
        const changed = [...configurations(before)].filter(([name, text]) => after.get(name) !== text);
        expect(changed.map(([name]) => name).toSorted()).toEqual([`edge-${region}`, "mgmt"]);
      }),
    );
  });
});

test("a lab without regions is nothing at all", () => {
  expect(topology(EMPTY, MACHINE)).toEqual({ nodes: [], links: [] });
});

test("known addresses", () => {
  const state = withHost(withHost(EMPTY, spec("ams1", "ams")), spec("ams2", "ams"));
  expect(nodeOf(state, "site-ams2").interfaces).toEqual([
    { name: "eth0", addresses: ["100.64.3.6/30", "2001:db8:1003:2::2/64", "fe80::2/64"], up: true },
    { name: "mgmt0", addresses: ["198.18.12.17/22"], up: true },
  ]);
  expect(nodeOf(state, "site-ams2").gateways).toEqual(["100.64.3.5", "2001:db8:1003:2::1"]);
  expect(nodeOf(state, "edge-ams").loopback).toEqual(["169.254.169.254/32", "2001:19f0:ffff::1/128"]);
  expect(nodeOf(state, "client-ams").interfaces[0]?.addresses).toEqual([
    "100.65.3.10/24",
    "2001:db8:2003::10/64",
    "fe80::2/64",
  ]);
});

describe("faults", () => {
  const state = labOf(["fra", "nyc"]);

  test("link-down takes the edge's end of the cable down", () => {
    const lan = nodeOf(withFault(state, "s0", "link-down"), "edge-fra").interfaces.find(({ name }) => name === "lan0");
    expect(lan?.up).toBe(false);
  });

  test("blackhole drops at the edge without a word", () => {
    const broken = withFault(state, "s0", "blackhole");
    expect(nodeConfig(nodeOf(broken, "edge-fra"), broken, "").ruleset).toContain('iifname { "lan0" } drop');
    expect(nodeConfig(nodeOf(broken, "edge-nyc"), broken, "").ruleset).toBe("");
  });

  test("host-off leaves the host nothing, and all others what they had", () => {
    const { nodes } = topology(withFault(state, "s0", "host-off"), MACHINE);
    expect(nodes.map(({ name }) => name)).not.toContain("site-s0");
    expect(nodeOf(withFault(state, "s0", "host-off"), "site-s1")).toEqual(nodeOf(state, "site-s1"));
  });
});

describe("the state", () => {
  test("numbers a host by what is free, and keeps it", () => {
    expect(leastFree([0, 1, 3])).toBe(2);
    const three = labOf(["fra", "fra", "nyc"]);
    expect(Object.values(three.hosts).map(({ slot, number }) => [slot, number])).toEqual([
      [0, 0],
      [1, 1],
      [0, 2],
    ]);
    const again = withHost(withoutHost(three, "s0"), spec("other", "nyc"));
    expect(again.hosts["other"]).toMatchObject({ slot: 1, number: 0 });
    expect(withHost(three, { ...spec("s1", "fra"), asn: 64501 }).hosts["s1"]).toMatchObject({ slot: 1, asn: 64501 });
  });

  test("refuses to move a host", () => {
    expect(() => withHost(labOf(["fra"]), spec("s0", "nyc"))).toThrow("s0 is in fra and cannot move to nyc");
  });

  test("lets a region go with its last host, unless it has clients of its own", () => {
    const state = withRegions(labOf(["fra", "fra", "nyc"]), ["fra", "nyc", "sin"], ["nyc"]);
    expect(state).toMatchObject({ clients: ["nyc"], awaited: ["sin"] });
    expect(names(withoutHost(state, "s0"))).toContain("edge-fra");
    expect(names(withoutHost(withoutHost(state, "s0"), "s1"))).not.toContain("edge-fra");
    expect(names(withoutHost(state, "s2"))).toContain("edge-nyc");
    expect(names(withHost(state, spec("s3", "sin")))).toContain("edge-sin");
    expect(names(withoutHost(withHost(state, spec("s3", "sin")), "s3"))).not.toContain("edge-sin");
  });
});

describe("following the routes", () => {
  const { links } = topology(labOf(["fra", "nyc"]), MACHINE);
  const vip = "203.0.113.53";
  const forwarding = (routes: Record<string, string>) =>
    new Map(
      ["edge-fra", "edge-nyc", "transit-1", "transit-2"].map((node) => [
        node,
        new Map(routes[node] === undefined ? [] : [[vip, routes[node]]]),
      ]),
    );

  test.each([
    ["to the site next door", { "edge-fra": "lan0" }, "s0"],
    [
      "across transits",
      { "edge-fra": "transit-1", "transit-1": "transit-2", "transit-2": "edge-nyc", "edge-nyc": "lan0" },
      "s1",
    ],
    ["into nothing", { "edge-fra": "transit-1" }, null],
    ["to a client's network", { "edge-fra": "client0" }, null],
    ["in a circle", { "edge-fra": "transit-1", "transit-1": "edge-fra" }, null],
  ])("%s", (_, routes, site) => {
    expect(followRoutes(links, forwarding(routes), "fra", vip)).toBe(site);
  });
});
