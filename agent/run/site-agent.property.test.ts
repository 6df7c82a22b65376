import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { AgentConfig, AgentService } from "../../model/agent-config.ts";
import type { Check } from "../check/check.ts";
import { service, siteConfig, tcp } from "../testing/config.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { surroundings } from "../testing/surroundings.ts";
import { SiteAgent } from "./site-agent.ts";

const PORTS = [53, 80];
const FALL = 2;
const RISE = 2;
const SLOW = { every: 1000, timeout: 500 };
const FAST = { every: 700, timeout: 300 };
/** Probes come to start at tenths of their interval: the first one off them is followed sooner or later by half of that. */
const SHORTEST = 0.95 * FAST.every;
const OFF = 0.05 * SLOW.every;
/** From the death of a service on: its probes start at most an interval later each, and the last ends at its timeout. */
const LONGEST_DEAD = FALL * SLOW.every + OFF + SLOW.timeout;
/** From its recovery on: a probe that started before it hangs at most until the next one is due. */
const LONGEST_WITHDRAWN = RISE * SLOW.every + OFF;
/** What a marker lives without renewal. */
const LIFETIME = 3000;

type Behavior = "answers" | "fails" | "hangs";
type Pace = typeof SLOW;
type Event =
  | { kind: "pass"; time: number }
  | { kind: "freeze"; time: number }
  | { kind: "set"; port: number; to: Behavior }
  | { kind: "hold" }
  | { kind: "release" }
  | { kind: "reload"; state: "active" | "drained"; pace: Pace };

const behavior = fc.constantFrom<Behavior[]>("answers", "answers", "fails", "hangs");
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("pass" as const), time: fc.integer({ min: 1, max: 8000 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("pass" as const), time: fc.integer({ min: 1, max: 700 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("freeze" as const), time: fc.integer({ min: 1, max: 8000 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("set" as const), port: fc.constantFrom(...PORTS), to: behavior }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "hold" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "release" as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("reload" as const),
      state: fc.constantFrom("active" as const, "drained" as const),
      pace: fc.constantFrom(SLOW, SLOW, FAST),
    }),
  },
);

function config(announceWhen: "all" | "any", state: "active" | "drained", pace: Pace): AgentConfig {
  const [prefix] = siteConfig().prefixes;
  if (prefix === undefined) throw new Error("a prefix is needed");
  const watched = (port: number): AgentService => service([tcp(port, { ...pace, fall: FALL, rise: RISE })]);
  return siteConfig({
    announceWhen,
    state,
    services: { dns: watched(53), web: watched(80) },
    prefixes: [{ ...prefix, services: ["dns", "web"] }],
  });
}

/** A service, and what its probes and the time say of it. */
class Service implements Check {
  readonly label = "service";
  private readonly clock: FakeClock;
  private does: Behavior = "answers";
  /** When it began to answer or not to. */
  private since = 0;
  private streak = 0;
  private shown = false;
  private lastProbe = -Infinity;
  /** It was probed again before the shortest interval was over: then a moment counts as much as `fall` or `rise` intervals. */
  probedTooSoon = false;

  constructor(clock: FakeClock) {
    this.clock = clock;
  }

  set(does: Behavior): void {
    if ((does === "answers") !== (this.does === "answers")) this.since = this.clock.now();
    this.does = does;
  }

  /** Nothing could run for some time: that is no delay in withdrawing, and what was healthy before it has to show so anew. */
  frozen(time: number): void {
    this.since = this.does === "answers" ? this.clock.now() : this.since + time;
  }

  /** Its probes showed it healthy, and did not show it dead since. */
  mayBeAnnounced(): boolean {
    return this.shown && !(this.does !== "answers" && this.clock.now() - this.since >= LONGEST_DEAD);
  }

  mustBeAnnounced(): boolean {
    return this.does === "answers" && this.clock.now() - this.since >= LONGEST_WITHDRAWN;
  }

  async probe(signal: AbortSignal): Promise<void> {
    this.probedTooSoon ||= this.clock.now() - this.lastProbe < SHORTEST;
    this.lastProbe = this.clock.now();
    const does = this.does;
    if (does === "hangs") await new Promise((resolve) => signal.addEventListener("abort", resolve));
    this.see(does === "answers");
    if (does !== "answers") throw new Error(does);
  }

  private see(ok: boolean): void {
    this.streak = ok ? Math.max(this.streak, 0) + 1 : Math.min(this.streak, 0) - 1;
    if (this.streak >= RISE) this.shown = true;
    if (-this.streak >= FALL) this.shown = false;
  }
}

test("no order of events announces a dead, an unchecked or a held service, or leaves a healthy one withdrawn", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("all" as const, "any" as const),
      fc.array(event, { maxLength: 40 }),
      async (announceWhen, events) => {
        const clock = new FakeClock();
        const services = new Map(PORTS.map((port) => [port, new Service(clock)]));
        const serviceAt = (port: number): Service => services.get(port) ?? new Service(clock);
        const around = surroundings(clock, (check) => serviceAt(check.kind === "tcp" ? check.port : 0));
        const { announcer } = around;
        const agent = new SiteAgent(config(announceWhen, "active", SLOW), around);
        let release: (() => void) | undefined;
        const check = (frozen = 0): void => {
          const enough = (fact: (one: Service) => boolean): boolean =>
            announceWhen === "all" ? [...services.values()].every(fact) : [...services.values()].some(fact);
          const may = release === undefined && frozen < LIFETIME && enough((one) => one.mayBeAnnounced());
          const must = release === undefined && enough((one) => one.mustBeAnnounced());
          expect(announcer.announced().length).toBeLessThanOrEqual(may ? 1 : 0);
          expect(announcer.announced().length).toBeGreaterThanOrEqual(must ? 1 : 0);
          expect([...services.values()].some(({ probedTooSoon }) => probedTooSoon)).toBe(false);
        };
        const pass = async (time: number): Promise<void> => {
          for (let left = time; left > 0; left -= 100) {
            await clock.advance(Math.min(100, left));
            check();
          }
        };
        for (const each of events) {
          // How often it may be withdrawn is the subject of another test.
          agent.reset({ reason: "test", by: null });
          switch (each.kind) {
            case "pass":
              await pass(each.time);
              break;
            case "freeze":
              clock.freeze(each.time);
              for (const one of services.values()) one.frozen(each.time);
              check(each.time);
              break;
            case "set":
              serviceAt(each.port).set(each.to);
              break;
            case "hold":
              release ??= await agent.hold("test");
              break;
            case "release":
              release?.();
              release = undefined;
              break;
            case "reload":
              agent.reload(config(announceWhen, each.state, each.pace));
              break;
          }
          check();
        }
        release?.();
        release = undefined;
        for (const each of services.values()) each.set("answers");
        agent.reset({ reason: "test", by: null });
        await pass(LONGEST_WITHDRAWN);
        expect(announcer.announced()).toHaveLength(1);
        agent.stop();
        expect(announcer.announced()).toEqual([]);
      },
    ),
    { numRuns: 200 },
  );
}, 30_000);
