import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentConfig } from "../../model/agent-config.ts";
import { PATHS } from "../../model/paths.ts";
import { BirdClient } from "../bird/client.ts";
import { sessionState, type SessionState } from "../bird/routing.ts";
import { AgentClient } from "../control/client.ts";
import { AgentError, messageOf } from "../error.ts";
import { viewBird } from "../reconcile/view.ts";
import type { AgentReport } from "../status/report.ts";
import { textOf } from "./changes.ts";
import { readEntry } from "./entry.ts";
import { at, type Host } from "./host.ts";
import { readableConfig } from "./plan.ts";
import { judge, judgeServices, type Expectation, type Judgment, type Observation } from "./judge.ts";

/** Milliseconds between two looks. */
const POLL = 200;

/** What is expected, but for the moment at which it is. */
export type Expected = Omit<Expectation, "age" | "settled">;

/** A judgment, and what it is about when the host could be looked at. */
export type Seen = Judgment & { readonly observation?: Observation };

/**
 * What the configuration that stands on the host asks for; undefined when there is none.
 *
 * @param excuse tells what was down before; default nothing
 */
export async function expectedNow(
  host: Host,
  excuse: (config: AgentConfig) => Expected["excused"] = () => ({
    sessions: new Set(),
    services: new Set(),
    checks: new Set(),
  }),
): Promise<Expected | undefined> {
  const text = textOf(await readEntry(at(host, PATHS.agentConfig)));
  const config = readableConfig(text);
  return config && { config, digest: createHash("sha256").update(text).digest("hex"), excused: excuse(config) };
}

/** Milliseconds that a session may take to come up: some attempts on both sides. */
const SESSION_PATIENCE = 20_000;

/** Milliseconds that everything else may take, beside the time that the checks need. */
const PATIENCE = 10_000;

/** Milliseconds until the slowest check can tell that its service is up. */
function slowestCheck({ services }: AgentConfig): number {
  const checks = Object.values(services).flatMap((service) => service.checks);
  return Math.max(0, ...checks.map(({ every, timeout, rise }) => every * rise + timeout));
}

/** Milliseconds that {@link probe} takes at most. */
export function longestProbe(config: AgentConfig): number {
  return slowestCheck(config) + SESSION_PATIENCE;
}

/**
 * Looks again and again until everything is as it should be or the time is up.
 *
 * @param since the moment of the change (`performance.now()`)
 * @returns what was seen last, and what was wrong with it then; no `problems` when all is well
 */
export async function probe(expected: Expected, since: number): Promise<Seen> {
  return look(expected, since, (age) => judgeAll({ ...expected, age, settled: false }));
}

/** One look at a site that was well, to see whether it still is. No `observation` when it could not be looked at. */
export async function lookAgain(expected: Expected): Promise<Seen> {
  return lookOnce(() => judgeAll({ ...expected, age: Infinity, settled: true }));
}

/** The same for the services alone, which is to be true before anything is announced. */
export async function probeServices(expected: Expected, since: number): Promise<Seen> {
  return look(expected, since, async (age) => judgeServices({ ...expected, age, settled: false }, await reportNow()));
}

/** All the agent has to tell now. */
export async function reportNow(): Promise<AgentReport> {
  const agent = await AgentClient.connect();
  return agent.status().finally(() => agent.close());
}

/** The states of BGP protocols in BIRD, by name; empty when BIRD is not running. */
export async function sessionsNow(protocols: readonly string[]): Promise<Map<string, SessionState>> {
  const bird = await BirdClient.connect().catch(() => undefined);
  if (bird === undefined) return new Map();
  try {
    const states = new Map<string, SessionState>();
    for (const protocol of protocols) states.set(protocol, await sessionState(bird, protocol));
    return states;
  } finally {
    bird.close();
  }
}

async function look({ config }: Expected, since: number, judgeNow: (age: number) => Promise<Seen>): Promise<Seen> {
  const started = performance.now();
  for (;;) {
    const now = performance.now();
    const seen = await lookOnce(() => judgeNow(now - since));
    if (seen.fatal !== undefined || seen.problems.length === 0) return seen;
    const patience = slowestCheck(config) + (seen.sessionsDown === true ? SESSION_PATIENCE : PATIENCE);
    if (now - started > patience) return seen;
    await sleep(POLL);
  }
}

async function judgeAll(expected: Expectation): Promise<Seen> {
  const observation = await observe(expected.config);
  return { ...judge(expected, observation), observation };
}

/** What cannot be looked at is a finding, too. */
async function lookOnce(judgeNow: () => Promise<Seen>): Promise<Seen> {
  return judgeNow().catch((error: unknown): Seen => {
    if (!(error instanceof AgentError)) throw error;
    return { problems: [messageOf(error)], warnings: [] };
  });
}

async function observe(config: AgentConfig): Promise<Observation> {
  const report = await reportNow();
  const bird = await BirdClient.connect();
  try {
    const { sessions, routes } = await viewBird(bird, config);
    const exports = sessions.flatMap(({ protocol, sent }) =>
      sent === null ? [] : [[protocol, [...sent.keys()]] as const],
    );
    return {
      report,
      sessions: new Map(sessions.map(({ protocol, state, lastError }) => [protocol, { state, lastError }])),
      exports: new Map(exports),
      actual: routes,
    };
  } finally {
    bird.close();
  }
}
