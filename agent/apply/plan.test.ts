import { describe, expect, test } from "vitest";
import type { AgentConfig } from "../../model/agent-config.ts";
import { eventsDropIn, PATHS } from "../../model/paths.ts";
import { siteConfig } from "../testing/config.ts";
import type { Change } from "./changes.ts";
import { ABSENT, type Entry } from "./entry.ts";
import { forwardActions, isIdle, undoActions, type Situation } from "./plan.ts";
import { UNITS, type UnitState } from "./units.ts";

const ZONE = `${PATHS.zones}/example.net.zone`;
const ALL = [...UNITS.map((unit) => unit.file), PATHS.addresses, PATHS.firewall, PATHS.agentConfig, PATHS.agent, ZONE];

function file(text: string): Entry {
  return { kind: "file", content: Buffer.from(text), mode: 0o644, uid: 0, gid: 0 };
}

function change(path: string, before: string | undefined, after: string | undefined): Change {
  return {
    path,
    before: before === undefined ? ABSENT : file(before),
    after: after === undefined ? ABSENT : file(after),
  };
}

function units(state: UnitState): Map<string, UnitState> {
  return new Map(UNITS.map(({ name }) => [name, state]));
}

/** A site that runs, and some changes of it. */
function running(...changes: Change[]): Situation {
  return {
    changes,
    packages: [],
    ours: new Set(ALL),
    wanted: new Set(ALL),
    units: units({ active: true, enabled: true }),
  };
}

/** The agent's configuration as it stands in its file. */
function written(changes: Partial<AgentConfig> = {}): string {
  const config = siteConfig(changes);
  const prefixes = config.prefixes.map(({ cidr, services, full, drained }) => ({ cidr, services, full, drained }));
  return JSON.stringify({ ...config, prefixes });
}

const bgp = (hold: number): string => `protocol bgp a {\n  hold time ${hold};\n}\n`;
const knot = (workers: number): string => `server:\n  udp-workers: ${workers}\n`;

describe("what changes of a running site need", () => {
  test.each<[string, Change, object]>([
    ["a zone", change(ZONE, "1", "2"), { knot: "keep", zones: ["example.net"], hold: null }],
    [
      "Knot's zones",
      change(PATHS.knot, "zone:\n", "zone:\n  - domain: a\n"),
      { knot: "reload", zones: [], hold: null },
    ],
    ["Knot's server", change(PATHS.knot, knot(1), knot(2)), { knot: "restart", hold: "Knot restarts" }],
    ["a filter", change(PATHS.bird, "filter a {}", "filter b {}"), { bird: "reload", hold: null }],
    ["a session", change(PATHS.bird, bgp(9), bgp(30)), { bird: "reload", hold: "sessions restart: a" }],
    [
      "a password",
      change(PATHS.birdSecrets, "1", "2"),
      { bird: "reload", hold: "sessions restart: their passwords change" },
    ],
    ["a first password", change(PATHS.birdSecrets, undefined, "2"), { bird: "reload", hold: null }],
    [
      "BIRD's unit",
      change(PATHS.birdDropIn, "[Unit]\n[Service]\n1", "[Unit]\n[Service]\n2"),
      { bird: "restart", hold: "BIRD restarts", daemonReload: true },
    ],
    [
      "what BIRD's unit says of its next start",
      change(PATHS.birdDropIn, "[Unit]\n1\n[Service]\n1", "[Unit]\n2\n[Service]\n1"),
      { bird: "keep", hold: null, daemonReload: true },
    ],
    ["the firewall", change(PATHS.firewall, "1", "2"), { network: "reload", hold: null, daemonReload: false }],
    [
      "an address that goes",
      change(PATHS.addresses, "address replace 203.0.113.53/32 dev lo\n", ""),
      {
        network: "reload",
        hold: "203.0.113.53/32 removed",
        remove: { addresses: ["203.0.113.53/32"], tables: [], markers: false },
      },
    ],
    ["an address that comes", change(PATHS.addresses, "", "address replace 203.0.113.53/32 dev lo\n"), { hold: null }],
    ["the agent's unit", change(PATHS.agentUnit, "1", "2"), { agent: "restart", hold: null, daemonReload: true }],
    [
      "a service that begins to tell of its end",
      change(eventsDropIn("web@a.service"), undefined, "[Unit]\n"),
      { guards: { start: ["anycast-guard@web@a.service.service"], stop: [] }, knot: "keep", agent: "keep", hold: null },
    ],
    [
      "a service that no longer tells of its end",
      change(eventsDropIn("knot.service"), "[Unit]\n", undefined),
      { guards: { start: [], stop: ["anycast-guard@knot.service.service"] }, knot: "keep", hold: null },
    ],
    ["the agent", { path: PATHS.agent, before: ABSENT, after: ABSENT }, { agent: "restart", hold: null }],
    [
      "the agent's configuration",
      change(PATHS.agentConfig, written(), written({ state: "drained" })),
      { agent: "reload", hold: null },
    ],
    [
      "the agent's interface",
      change(PATHS.agentConfig, written(), written({ interface: "any1" })),
      { agent: "restart" },
    ],
  ])("%s", (_, one, expected) => {
    expect(forwardActions(running(one))).toMatchObject(expected);
  });

  test("nothing is needed where nothing changes", () => {
    expect(isIdle(forwardActions(running()))).toBe(true);
  });

  test("what does not run is started, and nothing is withdrawn for it", () => {
    const stopped = {
      ...running(change(PATHS.knot, knot(1), knot(2))),
      units: units({ active: false, enabled: true }),
    };
    const actions = forwardActions(stopped);
    expect(actions).toMatchObject({ network: "start", knot: "start", bird: "start", agent: "start", hold: null });
    expect(isIdle(actions)).toBe(false);
  });

  test("a service that is no longer wanted is stopped and disabled", () => {
    const gone = running(change(PATHS.knot, knot(1), undefined));
    const actions = forwardActions({ ...gone, wanted: new Set(ALL.filter((path) => path !== PATHS.knot)) });
    expect(actions).toMatchObject({ knot: "stop", disable: ["knot.service"], hold: "Knot stops" });
  });

  test("a service that never was ours is left alone", () => {
    const without = new Set(ALL.filter((path) => path !== PATHS.knot));
    expect(forwardActions({ ...running(), ours: without, wanted: without })).toMatchObject({
      knot: "keep",
      disable: [],
    });
  });
});

/** A site that runs, and is to have another version of a package. */
function upgraded(name: string): Situation {
  return { ...running(), packages: [{ name, before: "1-1", after: "1-2" }] };
}

describe("another version of a package", () => {
  test("restarts what runs from it, withdrawn where that is noticed; so does the way back", () => {
    for (const actions of [forwardActions(upgraded("bird2")), undoActions(upgraded("bird2"))])
      expect(actions).toMatchObject({ bird: "restart", knot: "keep", agent: "keep", hold: "BIRD restarts" });
    expect(forwardActions(upgraded("knot"))).toMatchObject({ knot: "restart", bird: "keep", hold: "Knot restarts" });
    expect(forwardActions(upgraded("nodejs"))).toMatchObject({ agent: "restart", bird: "keep", hold: null });
    expect(forwardActions(upgraded("nftables"))).toMatchObject({ network: "keep", hold: null, daemonReload: true });
  });
});

describe("the way back", () => {
  test("of a first apply stops, disables and removes everything", () => {
    const first: Situation = {
      changes: [
        change(PATHS.addresses, undefined, "address replace 203.0.113.53/32 dev lo\n"),
        change(PATHS.firewall, undefined, "table inet anycast {}\n"),
        change(PATHS.networkUnit, undefined, "[Unit]\n"),
      ],
      packages: [],
      ours: new Set(),
      wanted: new Set(ALL),
      units: units({ active: false, enabled: false }),
    };
    expect(undoActions(first)).toMatchObject({
      network: "stop",
      knot: "stop",
      bird: "stop",
      agent: "stop",
      enable: [],
      disable: UNITS.map(({ name }) => name),
      daemonReload: true,
      remove: { addresses: ["203.0.113.53/32"], tables: ["inet anycast"], markers: true },
    });
  });

  test("of a restart is a restart, withdrawn first as well", () => {
    const undo = undoActions(running(change(PATHS.knot, knot(1), knot(2))));
    expect(undo).toMatchObject({ knot: "restart", hold: "Knot restarts", bird: "keep", agent: "keep" });
  });

  test("of a stopped service is its start", () => {
    const gone = running(change(PATHS.knot, knot(1), undefined));
    const undo = undoActions({ ...gone, wanted: new Set(ALL.filter((path) => path !== PATHS.knot)) });
    expect(undo).toMatchObject({ knot: "start", enable: ["knot.service"] });
  });

  test("of a new zone loads the old one", () => {
    expect(undoActions(running(change(ZONE, "1", "2")))).toMatchObject({ knot: "keep", zones: ["example.net"] });
  });
});
