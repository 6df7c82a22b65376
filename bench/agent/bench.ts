import { setTimeout as sleep } from "node:timers/promises";
import { row, type Row, type Target } from "../report.ts";
import type { BenchHost } from "./bench-host.ts";

/** What a scenario works with. */
export interface Bench {
  /** Ours first, then the peers. */
  readonly hosts: readonly BenchHost[];
  readonly ours: BenchHost;
  readonly peers: readonly BenchHost[];
  /** Repetitions of what takes a second or two; what takes longer is done {@link fewer} times. */
  readonly times: number;
  /** Whether the growth of memory is watched for 30 minutes. */
  readonly long: boolean;
}

/** Something that is measured. */
export interface Scenario {
  /** What `--only` calls it. */
  readonly id: string;
  run(bench: Bench): Promise<Row[]>;
}

/** One measurement in ms, or undefined when nothing had happened at the limit. */
export type Measurement = number | undefined;

/** How long something that may never happen is waited for, in ms. */
export const LIMIT = 15_000;

/** Repetitions of what takes about ten seconds. */
export function fewer({ times }: Bench, most = 5): number {
  return Math.min(times, most);
}

/**
 * Repeats a measurement, one after the other, each at a random moment of an interval of `interval` ms. What came to its limit once is
 * not waited for again.
 */
export async function repeat<T>(times: number, interval: number, measure: () => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (let run = 0; run < times; run += 1) {
    await sleep(Math.random() * interval);
    const value = await measure();
    all.push(value);
    if (value === undefined) break;
  }
  return all;
}

/** A row of measurements that may have come to the limit. */
export function limited(
  { subject }: BenchHost,
  scenario: string,
  values: readonly Measurement[],
  { unit = "ms", target }: { unit?: string; target?: Target } = {},
): Row {
  const plain = row(
    subject.name,
    scenario,
    values.map((value) => value ?? LIMIT),
    unit,
  );
  return {
    ...plain,
    ...(values.includes(undefined) ? { limit: LIMIT } : {}),
    ...(target === undefined || subject.name !== "ours" ? {} : { target }),
  };
}

/** Measures ours alone, then the peers beside each other: what takes them seconds does not need a quiet machine to the millisecond. */
export async function oursThenPeers<T>(bench: Bench, measure: (host: BenchHost) => Promise<T>): Promise<T[]> {
  const mine = await measure(bench.ours);
  return [mine, ...(await Promise.all(bench.peers.map(measure)))];
}

/** Measures all subjects beside each other: what is counted and not timed, or takes seconds. */
export async function together<T>({ hosts }: Bench, measure: (host: BenchHost) => Promise<T>): Promise<T[]> {
  return Promise.all(
    hosts.map(async (host) => {
      const measured = await measure(host);
      await host.stop();
      return measured;
    }),
  );
}

/** Measures one subject after the other. */
export async function oneByOne<T>(hosts: readonly BenchHost[], measure: (host: BenchHost) => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (const host of hosts) {
    all.push(await measure(host));
    await host.stop();
  }
  return all;
}

/** Rows of several subjects, those of a scenario together. */
export function byScenario(all: readonly (readonly Row[])[]): Row[] {
  return (all[0] ?? []).flatMap((_, index) => all.flatMap((rows) => rows[index] ?? []));
}
