import { writeFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { PrefixState } from "../../model/agent-config.ts";
import { agentConfigSchema } from "../../model/agent-config.ts";
import { birdAt } from "../bird/look.ts";
import { birdSnippet } from "../bird/snippet.ts";
import { said } from "../exec.ts";
import { systemClock } from "../clock.ts";
import type { AgentEvent } from "../events.ts";
import { edgeConf, NETWORK } from "../testing/manifest.ts";
import { SiteHost } from "../testing/site-host.ts";
import { BirdConf } from "./bird-conf.ts";
import { Reconciler } from "./reconciler.ts";

const [v4, v6] = ["203.0.113.0/24", "2001:db8:53::/48"];

/** A site that is set up by hand, with what `anycast-agent bird` prints. */
const config = agentConfigSchema.parse({
  site: "ams",
  services: { dns: { checks: [{ kind: "tcp", address: "203.0.113.53", port: 53 }] } },
  prefixes: [{ cidr: v4 }, { cidr: v6 }],
  sessions: [
    { protocol: "provider4", family: 4, neighbor: NETWORK.edge4, asn: 64515 },
    { protocol: "provider6", family: 6, neighbor: NETWORK.edge6, asn: 64515 },
  ],
});

/** The example of the snippet's comments, with the addresses of this network. */
function birdConf(): string {
  const replaced: Record<string, string> = {
    "192.0.2.10": NETWORK.host4,
    "192.0.2.1": NETWORK.edge4,
    "2001:db8::10": NETWORK.host6,
    "2001:db8::1": NETWORK.edge6,
    "64496": "64515",
  };
  const example = birdSnippet(config)
    .replaceAll(/^# {3}(.*)$/gm, "$1")
    .replaceAll(/\b(192\.0\.2\.10?|2001:db8::10?|64496)(?=[ ;])/g, (text) => replaced[text] ?? text)
    // The limit would stop a session that leaks.
    .replaceAll("export limit 1", "export limit 9")
    .replaceAll(/^( *neighbor .*)$/gm, "$1\n  connect delay time 1; connect retry time 1; error wait time 1, 2;");
  return `router id ${NETWORK.host4};\n${example}`;
}

let host: SiteHost;
let reconciler: Reconciler;
let events: AgentEvent[];
let wanted: PrefixState;
beforeAll(async () => {
  host = await SiteHost.create();
  await host.configureEdge(edgeConf().replaceAll('password "right"; ', ""));
  await writeFile(host.path("/etc/bird/bird.conf"), birdConf());
  const parsed = await host.exec("bird", "-p");
  if (parsed.status !== 0) throw new Error(said(parsed));
  await host.exec("sh", "-ec", "ip link add any0 type bridge; ip link set any0 addrgenmode none up");
  const { stderr } = await host.exec("systemctl", "start", "bird");
  if (stderr !== "") throw new Error(stderr);
});
afterAll(() => host?.dispose());
beforeEach(async () => {
  events = [];
  wanted = "full";
  await mark("full");
  reconciler = new Reconciler({
    clock: systemClock,
    bird: birdAt(host.path("/run/bird/bird.ctl")),
    meant: () => ({ ...config, states: new Map([v4, v6].map((cidr) => [cidr, wanted])) }),
    tell: (event) => events.push(event),
    birdConf: new BirdConf(host.path("/etc/bird/bird.conf")),
  });
  await told(() => {
    if (reconciler.rounds.same === 0) throw new Error("not the same yet");
  });
});
afterEach(() => reconciler.close());

/** Puts the markers of a state, and no others, on the interface. */
async function mark(state: PrefixState): Promise<void> {
  const lines = config.prefixes.flatMap(({ full, drained }) => [
    ...(state === "full"
      ? [`ip address replace ${full.address} dev any0 nodad`]
      : [`ip address del ${full.address} dev any0`]),
    ...(state === "drained"
      ? [`ip address replace ${drained.address} dev any0 nodad`]
      : [`ip address del ${drained.address} dev any0`]),
  ]);
  await host.exec("sh", "-c", lines.join("\n"));
}

const told = (assertion: () => void) => vi.waitFor(assertion, { timeout: 20_000, interval: 50 });
const abouts = (): string[] =>
  events.map((event) => ("about" in event ? `${event.event} ${event.about}` : event.event));

test.each(["full", "drained", "withdrawn"] as const)("BIRD and its neighbors have what is meant: %s", async (state) => {
  wanted = state;
  await mark(state);
  const before = reconciler.rounds.same;
  await told(() => expect(reconciler.rounds.same).toBeGreaterThan(before + 2));
  expect([...reconciler.view!.routes.values()]).toEqual([state, state]);
  expect(reconciler.view!.missing).toEqual([]);
  const protocols = config.prefixes.map(({ full, drained }) => (state === "full" ? full : drained).protocol);
  expect(reconciler.view!.sessions.flatMap(({ sent }) => [...sent!.values()])).toEqual(
    state === "withdrawn" ? [] : protocols,
  );
  expect(abouts().filter((about) => about.startsWith("alarm"))).toEqual([]);
});

test("a marker that somebody deletes is told, and its return", async () => {
  await mark("withdrawn");
  await told(() => expect(abouts()).toEqual([`alarm ${v4} in BIRD`, `alarm ${v6} in BIRD`]));
  await mark("full");
  await told(() => expect(abouts().slice(2)).toEqual([`cleared ${v4} in BIRD`, `cleared ${v6} in BIRD`]));
});

test("reports a filter that leaks and one that holds back", async () => {
  const conf = birdConf()
    .replace("filter export_announce4 {", "filter export_announce4 {\n  reject;")
    .replace("filter export_announce6 {", "filter export_announce6 {\n  if net = 2001:db8:1::/48 then accept;")
    .concat("protocol static leak { ipv6 { table announce6; }; route 2001:db8:1::/48 unreachable; }\n");
  await writeFile(host.path("/etc/bird/bird.conf"), conf);
  await host.exec("birdc", "configure");
  await told(() =>
    expect(abouts()).toEqual(expect.arrayContaining([`alarm ${v4} at provider4`, "alarm export at provider6"])),
  );
  await writeFile(host.path("/etc/bird/bird.conf"), birdConf());
  await host.exec("birdc", "configure");
  await told(() =>
    expect(abouts()).toEqual(expect.arrayContaining([`cleared ${v4} at provider4`, "cleared export at provider6"])),
  );
});

test("a broken bird.conf is told before BIRD needs it", async () => {
  await writeFile(host.path("/etc/bird/bird.conf"), `${birdConf()}nonsense\n`);
  await told(() => expect(abouts()).toEqual(["alarm bird.conf"]));
  expect(events[0]).toMatchObject({ problem: expect.stringContaining("/etc/bird/bird.conf:") });
  await writeFile(host.path("/etc/bird/bird.conf"), birdConf());
  await told(() => expect(abouts()).toEqual(["alarm bird.conf", "cleared bird.conf"]));
});

test("a BIRD that hangs, and one that is gone, are told; both are found again", async () => {
  await host.exec("sh", "-c", "kill -STOP $(pgrep -x bird)");
  await told(() => expect(abouts()).toContain("alarm bird"));
  await host.exec("sh", "-c", "kill -CONT $(pgrep -x bird)");
  await told(() => expect(abouts()).toContain("cleared bird"));
  events = [];
  await host.exec("systemctl", "stop", "bird");
  await told(() => expect(abouts()).toContain("alarm bird"));
  await host.exec("systemctl", "start", "bird");
  await told(() => expect(abouts()).toContain("cleared bird"));
  const before = reconciler.rounds.same;
  await told(() => expect(reconciler.rounds.same).toBeGreaterThan(before));
});
