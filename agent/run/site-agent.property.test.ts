import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { AgentConfig } from "../../model/agent-config.ts";
import { siteConfig, tcp } from "../testing/config.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { RecordingAnnouncer } from "../testing/recorder.ts";
import { SiteAgent } from "./site-agent.ts";

const PORTS = [53, 80];
const FALL = 2;
const RISE = 2;
/** Interval, timeout and lifetime of a marker together with a tick: nobody hears of a dead service for longer. */
const LIFETIME = 3000;

type Event =
  | { kind: "pass"; time: number }
  | { kind: "freeze"; time: number }
  | { kind: "set"; port: number; to: "answers" | "fails" | "hangs" }
  | { kind: "hold" }
  | { kind: "release" }
  | { kind: "reload"; state: "active" | "drained" };

const time = fc.integer({ min: 1, max: 8000 });
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("pass" as const), time }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("freeze" as const), time }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("set" as const),
      port: fc.constantFrom(...PORTS),
      to: fc.constantFrom("answers" as const, "answers" as const, "fails" as const, "hangs" as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "hold" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "release" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("reload" as const),
      state: fc.constantFrom("active" as const, "drained" as const),
    }),
  },
);

function service(port: number): AgentConfig["services"][string] {
  return { unit: null, addresses: [], checks: [tcp(port, { fall: FALL, rise: RISE })] };
}

function config(announceWhen: "all" | "any", state: "active" | "drained"): AgentConfig {
  const [prefix] = siteConfig().prefixes;
  if (prefix === undefined) throw new Error("a prefix is needed");
  return siteConfig({
    announceWhen,
    state,
    services: { dns: service(53), web: service(80) },
    prefixes: [{ ...prefix, services: ["dns", "web"] }],
  });
}

/** What is true of a service by the results of its probes alone. */
class Truth {
  private results: boolean[] = [];

  add(ok: boolean): void {
    this.results.push(ok);
  }

  /** The last results are as many failures as make a service down. */
  isDown(): boolean {
    return this.results.length >= FALL && this.results.slice(-FALL).every((ok) => !ok);
  }

  /** There were never as many successes in a row as make a service up. */
  wasNeverUp(): boolean {
    return !this.results.some(
      (_, end) => end + 1 >= RISE && this.results.slice(end + 1 - RISE, end + 1).every(Boolean),
    );
  }
}

test("no order of events announces a dead, an unchecked or a held service, or leaves a healthy one withdrawn", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("all" as const, "any" as const),
      fc.array(event, { maxLength: 40 }),
      async (announceWhen, events) => {
        const clock = new FakeClock();
        const announcer = new RecordingAnnouncer(clock);
        const truth = new Map(PORTS.map((port) => [port, new Truth()]));
        const behavior = new Map<number, "answers" | "fails" | "hangs">();
        let generation = 0;
        const agent = new SiteAgent(config(announceWhen, "active"), {
          clock,
          announcer,
          log: () => {},
          makeCheck: (check) => {
            const port = check.kind === "command" ? 0 : check.port;
            return {
              label: String(port),
              probe: (signal) => {
                const does = behavior.get(port) ?? "answers";
                const mine = generation;
                if (does !== "hangs") {
                  truth.get(port)?.add(does === "answers");
                  return does === "answers" ? Promise.resolve() : Promise.reject(new Error("fails"));
                }
                return new Promise((_, reject) => {
                  signal.addEventListener("abort", () => {
                    // Another configuration ends the probes under way without a result.
                    if (mine === generation) truth.get(port)?.add(false);
                    reject(new Error("aborted"));
                  });
                });
              },
            };
          },
        });
        let release: (() => void) | undefined;
        const check = (frozen = 0): void => {
          const down = PORTS.map((port) => truth.get(port)?.isDown() ?? false);
          const unchecked = PORTS.map((port) => truth.get(port)?.wasNeverUp() ?? true);
          const [some, enough] = [(fact: boolean[]) => fact.some(Boolean), (fact: boolean[]) => fact.every(Boolean)];
          const matters = announceWhen === "all" ? some : enough;
          const forbidden = release !== undefined || matters(down) || matters(unchecked) || frozen > LIFETIME;
          expect(announcer.announced().length).toBeLessThanOrEqual(forbidden ? 0 : 1);
        };
        for (const each of events) {
          switch (each.kind) {
            case "pass":
              for (let passed = 0; passed < each.time; passed += 100) {
                await clock.advance(100);
                check();
              }
              break;
            case "freeze":
              clock.freeze(each.time);
              check(each.time);
              break;
            case "set":
              behavior.set(each.port, each.to);
              break;
            case "hold":
              release ??= agent.hold("test");
              break;
            case "release":
              release?.();
              release = undefined;
              break;
            case "reload":
              generation++;
              agent.reload(config(announceWhen, each.state));
              break;
          }
          check();
        }
        release?.();
        for (const port of PORTS) behavior.set(port, "answers");
        await clock.advance(10_000);
        expect(announcer.announced()).toHaveLength(1);
        agent.stop();
        expect(announcer.announced()).toEqual([]);
      },
    ),
    { numRuns: 200 },
  );
});
