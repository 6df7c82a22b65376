import { get, type IncomingMessage } from "node:http";
import { createServer, type AddressInfo, type Server } from "node:net";
import parsePrometheusTextFormat, { type ParsedFamily } from "parse-prometheus-text-format";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "../clock.ts";
import type { AgentEvent } from "../events.ts";
import type { BirdView } from "../reconcile/view.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { report } from "../testing/report.ts";
import { AddressCounters } from "./address-counters.ts";
import { Metrics, type Moment } from "./metrics.ts";
import { MetricsServer } from "./server.ts";
import { Counter, Histogram } from "./text-format.ts";

const CHECK = 'dns/udp 203.0.113.53:53 "x" \\ SOA';

const bird: BirdView = {
  routes: new Map(),
  missing: [],
  sessions: [
    {
      protocol: "edge4",
      family: 4,
      neighbor: "192.0.2.1",
      asn: 64515,
      state: "Established",
      lastError: null,
      sent: new Map(),
    },
    { protocol: "edge6", family: 6, neighbor: "2001:db8::1", asn: 64515, state: "Active", lastError: null, sent: null },
  ],
};
const moment: Moment = {
  report: report(),
  bird,
  rounds: { same: 7, different: 1, failed: 0 },
  addresses: [{ address: "203.0.113.53", packets: 12, bytes: 3456 }],
};

function parsed(text: string): Record<string, ParsedFamily> {
  return Object.fromEntries(parsePrometheusTextFormat(text).map((family) => [family.name, family]));
}

describe("the metrics, as a parser of their format reads them", () => {
  let clock: FakeClock;
  let metrics: Metrics;
  beforeEach(() => {
    clock = new FakeClock();
    metrics = new Metrics(clock, () => ["dns"]);
  });

  const probe = (ok: boolean, took = 3): void =>
    metrics.tell({ event: "probe", service: "dns", check: CHECK, ok, took });
  const transition = (to: "full" | "withdrawn", cause = "dns: refused"): void =>
    metrics.tell({
      event: "transition",
      prefix: "203.0.113.0/24",
      from: to === "full" ? "withdrawn" : "full",
      to,
      cause,
      lasted: 1000,
    });

  function valuesAt(view: BirdView | undefined, name: string): unknown[] {
    if (view !== undefined) metrics.see(view);
    return (parsed(metrics.render({ ...moment, bird: view }))[name]?.metrics ?? []).map(({ value }) => value);
  }

  test("a session is 0 and not missing, whatever BIRD says, and its ends are counted", async () => {
    const [edge4, edge6] = bird.sessions;
    expect(valuesAt(bird, "anycast_bgp_session_downs_total")).toEqual(["0", "0"]);
    await clock.advance(5000);
    expect(valuesAt(bird, "anycast_bgp_session_established_seconds")).toEqual(["5", "0"]);
    const down: BirdView = { ...bird, sessions: [{ ...edge4!, state: "Active", sent: null }, edge6!] };
    expect(valuesAt(down, "anycast_bgp_session_up")).toEqual(["0", "0"]);
    expect(valuesAt(down, "anycast_bgp_session_downs_total")).toEqual(["1", "0"]);
    expect(valuesAt(undefined, "anycast_bgp_session_up")).toEqual(["0", "0"]);
    expect(valuesAt(undefined, "anycast_bgp_session_exported_prefixes")).toEqual(["0", "0"]);
  });

  test("show who drained, held, withdrew or froze the site, and the floor", () => {
    const by = { reason: "x", by: "ann", since: "2026-01-02T03:04:05.678Z", until: null };
    const families = parsed(metrics.render({ ...moment, report: report({ drain: by, held: "an apply" }) }));
    const values = (name: string): unknown[] =>
      (families[name]?.metrics ?? []).map(({ labels, value }) => [labels, value]);
    expect(values("anycast_drained")).toEqual([
      [{ by: "configuration" }, "0"],
      [{ by: "operator" }, "1"],
    ]);
    expect(["anycast_held", "anycast_withdrawn_by_hand", "anycast_frozen", "anycast_floor"].map(values)).toEqual([
      [[undefined, "1"]],
      [[undefined, "0"]],
      [[undefined, "0"]],
      [[undefined, "2"]],
    ]);
  });

  test("state, checks, sessions, counters", () => {
    probe(true);
    const families = parsed(metrics.render(moment));
    const values = (name: string): unknown[] =>
      (families[name]?.metrics ?? []).map(({ labels, value }) => [labels, value]);
    expect(values("anycast_prefix_state")).toContainEqual([{ prefix: "203.0.113.0/24", state: "full" }, "1"]);
    expect(values("anycast_prefix_state")).toContainEqual([{ prefix: "203.0.113.0/24", state: "withdrawn" }, "0"]);
    expect(values("anycast_prefix_announced")).toEqual([
      [{ prefix: "203.0.113.0/24" }, "1"],
      [{ prefix: "2001:db8:53::/48" }, "1"],
    ]);
    expect(values("anycast_bgp_session_up").map((each) => (each as unknown[])[1])).toEqual(["1", "0"]);
    expect(values("anycast_reconcile_rounds_total")).toContainEqual([{ result: "different" }, "1"]);
    expect(values("anycast_address_bytes_total")).toEqual([[{ address: "203.0.113.53" }, "3456"]]);
    expect(values("anycast_alarm")).toEqual([[{ about: "session edge6" }, "1"]]);
    expect(values("anycast_fleet_heard")).toEqual([[undefined, "4"]]);
    expect(values("anycast_agent_info")).toEqual([[{ site: "fra", version: "0123456789abcdef" }, "1"]]);
    expect(Object.values(families).filter(({ help }) => !help.endsWith("."))).toEqual([]);
  });

  test("a check's latency, whatever its name is", () => {
    probe(true, 3);
    probe(false, 600);
    probe(true, 9000);
    const text = metrics.render(moment);
    expect(parsed(text)["anycast_check_duration_seconds"]!.metrics[0]!.buckets).toMatchObject({
      "0.0025": "0",
      "0.005": "1",
      "1": "2",
      "2.5": "2",
      "+Inf": "3",
    });
    // The parser leaves out a histogram's labels.
    const labels = 'service="dns",check="dns/udp 203.0.113.53:53 \\"x\\" \\\\ SOA"';
    expect(text).toContain(`anycast_check_duration_seconds_bucket{${labels},le="0.005"} 1\n`);
    expect(text).toContain(`anycast_check_duration_seconds_count{${labels}} 3\n`);
    expect(text).toMatch(/^anycast_check_duration_seconds_sum\{.*\} 9\.603$/m);
    expect(text).toContain(`anycast_check_failures_total{${labels}} 1\n`);
  });

  test("transitions count by the kind of their cause", () => {
    transition("withdrawn");
    transition("full", "dns healthy");
    transition("withdrawn", "held: apply 1");
    const { metrics: samples } = parsed(metrics.render(moment))["anycast_transitions_total"]!;
    expect(samples.map(({ labels, value }) => [labels!["to"], labels!["kind"], value])).toEqual([
      ["withdrawn", "health", "1"],
      ["full", "health", "1"],
      ["withdrawn", "hold", "1"],
    ]);
  });

  test("a withdrawal takes as long as from the first failure in a row", async () => {
    probe(false);
    probe(true);
    await clock.advance(10_000);
    probe(false);
    await clock.advance(200);
    probe(false);
    transition("withdrawn");
    transition("withdrawn", "held: apply 1");
    const [sample] = parsed(metrics.render(moment))["anycast_withdrawal_seconds"]!.metrics;
    expect(sample).toMatchObject({ count: "1", sum: "0.2" });
  });

  test("what is not known is left out", () => {
    const families = parsed(metrics.render({ ...moment, bird: undefined, addresses: [] }));
    expect(families["anycast_bird_up"]!.metrics[0]!.value).toBe("0");
    expect(families).not.toHaveProperty("anycast_address_bytes_total");
  });
});

test("labels are escaped, and extreme values have their names", () => {
  const counter = new Counter("a_total", "A.");
  counter.add({ text: 'a "b" \\ c\nd' }, Infinity);
  const histogram = new Histogram("b", "B.", [1]);
  histogram.observe({}, 2);
  expect(counter.render()).toBe(
    '# HELP a_total A.\n# TYPE a_total counter\na_total{text="a \\"b\\" \\\\ c\\nd"} +Inf\n',
  );
  expect(histogram.render()).toBe(
    '# HELP b B.\n# TYPE b histogram\nb_bucket{le="1"} 0\nb_bucket{le="+Inf"} 1\nb_sum 2\nb_count 1\n',
  );
});

describe("the counters of addresses", () => {
  /** What nft 1.0.6 said. */
  const said =
    '{"nftables": [{"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}}, {"counter": {"family": "inet", "name": "to_203_0_113_53", "table": "anycast", "handle": 1, "packets": 5, "bytes": 420}}, {"counter": {"family": "inet", "name": "to_2001_db8_53__53", "table": "anycast", "handle": 2, "packets": 0, "bytes": 0}}]}';

  test("come from one process, however often they are asked for", async () => {
    const run = vi.fn<() => Promise<{ status: number; stdout: string; stderr: string }>>(async () => ({
      status: 0,
      stdout: said,
      stderr: "",
    }));
    const counters = new AddressCounters(run);
    const all = await Promise.all([1, 2, 3].map(() => counters.read(["203.0.113.53", "2001:db8:53::53", "192.0.2.1"])));
    expect(all[2]).toEqual([
      { address: "203.0.113.53", packets: 5, bytes: 420 },
      { address: "2001:db8:53::53", packets: 0, bytes: 0 },
    ]);
    expect(run).toHaveBeenCalledTimes(1);
  });

  test("are none without our table, and without nft", async () => {
    const failing = new AddressCounters(async () => ({ status: 1, stdout: "", stderr: "No such file or directory" }));
    expect(await failing.read(["203.0.113.53"])).toEqual([]);
    const missing = new AddressCounters(() => Promise.reject(new Error("ENOENT")));
    expect(await missing.read(["203.0.113.53"])).toEqual([]);
  });
});

/** Takes a port, by default any that is free. */
async function occupied(at = 0): Promise<{ port: number; free: () => Promise<void> }> {
  const other: Server = createServer().listen(at, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  return {
    port: (other.address() as AddressInfo).port,
    free: () => new Promise((resolve) => other.close(() => resolve())),
  };
}

describe("the server", () => {
  let age = 0;
  let events: AgentEvent[];
  let server: MetricsServer;
  let clock: FakeClock;
  let port: number;
  beforeEach(async () => {
    age = 0;
    events = [];
    clock = new FakeClock();
    const served = { metrics: async () => "a 1\n", beatAge: () => age };
    server = new MetricsServer(served, clock, (event) => events.push(event));
    const { free, port: found } = await occupied();
    port = found;
    await free();
  });
  afterEach(() => server.close());

  async function ask(path: string, method = "GET"): Promise<[status: number | undefined, body: string]> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get({ host: "127.0.0.1", port, path, method, agent: false }, resolve).on("error", reject).end();
    });
    let body = "";
    for await (const part of response) body += String(part);
    return [response.statusCode, body];
  }

  const listening = () => vi.waitFor(async () => expect((await ask("/healthz"))[0]).toBe(200));

  test("serves the metrics and whether the agent beats, and nothing else", async () => {
    server.use({ address: "127.0.0.1", port });
    await listening();
    expect(await ask("/metrics")).toEqual([200, "a 1\n"]);
    age = 4000;
    expect(await ask("/healthz")).toEqual([503, "no beat for 4000 ms\n"]);
    expect((await ask("/other"))[0]).toBe(404);
    expect((await ask("/metrics", "POST"))[0]).toBe(405);
    server.use(undefined);
    await expect(ask("/metrics")).rejects.toThrow("ECONNREFUSED");
    expect(events).toEqual([]);
  });

  test("an address that is taken is an alarm until it is free", async () => {
    const { free } = await occupied(port);
    server.use({ address: "127.0.0.1", port });
    await vi.waitFor(() => expect(events).toHaveLength(1));
    expect(events[0]).toMatchObject({
      about: "metrics",
      problem: expect.stringContaining(`they cannot be served on 127.0.0.1:${port}`),
    });
    await clock.advance(5000);
    await free();
    await vi.waitFor(async () => {
      await clock.advance(5000);
      expect(events.at(-1)).toEqual({ event: "cleared", about: "metrics" });
    });
    await listening();
    expect(events).toHaveLength(2);
  });

  test("a crowd of connections is bounded", async () => {
    server.close();
    server = new MetricsServer({ metrics: async () => "", beatAge: () => 0 }, systemClock, () => {});
    server.use({ address: "127.0.0.1", port });
    await listening();
    const { connect } = await import("node:net");
    let open = 0;
    const sockets = Array.from({ length: 30 }, () => connect(port, "127.0.0.1").on("error", () => {}));
    for (const socket of sockets) socket.on("connect", () => open++).on("close", () => open--);
    await vi.waitFor(() => expect(open).toBe(8));
    for (const socket of sockets) socket.destroy();
  });
});
