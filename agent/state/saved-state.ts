import type { PrefixState } from "../../model/agent-config.ts";

/** What a person or program asked for, until it is taken back. Times are ISO 8601. */
export interface Order {
  readonly reason: string;
  /** Who asked, if that is known. */
  readonly by: string | null;
  readonly since: string;
}

/** An order that may end by itself. */
export interface TimedOrder extends Order {
  /** When it ends by itself, as the wall clock was when this was written; null when it does not. */
  readonly until: string | null;
  /** Milliseconds that were left of it then. */
  readonly left?: number;
}

/** Drained by hand. With `neverFull`, it takes over from nobody. */
export type DrainOrder = TimedOrder & { readonly neverFull?: boolean };

/** Frozen, and what each prefix was then, by prefix; null when an older agent was asked, which did not keep it. */
export type FreezeOrder = Order & { readonly routes: Readonly<Record<string, PrefixState>> | null };

/** What outlives the agent of a prefix. */
export interface SavedPrefix {
  /** It was announced when this was written. */
  readonly announced: boolean;
  /** The last health withdrawals, oldest first. */
  readonly withdrawals: readonly string[];
  /** How many times in a row announcing again was put off, and until when the last time. */
  readonly level: number;
  readonly until: string | null;
}

/** What the agent remembers across restarts and reboots: `state.json`. */
export interface SavedState {
  readonly format: 1;
  readonly drain: DrainOrder | null;
  /** Withdrawn by hand. */
  readonly withdrawal: TimedOrder | null;
  readonly freeze: FreezeOrder | null;
  readonly prefixes: Readonly<Record<string, SavedPrefix>>;
}

/** Who drains a site of which nobody knows what people had ordered. */
export const AGENT_ITSELF = "anycast-agent";

/** What a new site remembers. */
export const NOTHING_SAVED: SavedState = { format: 1, drain: null, withdrawal: null, freeze: null, prefixes: {} };

/**
 * Reads a saved state. Checked by hand: a schema library would cost the running agent 6 MiB.
 *
 * @throws Error that says what is wrong in it
 */
export function parseSavedState(text: string): SavedState {
  const state = record(JSON.parse(text), "the state");
  if (state["format"] !== 1) throw new Error("its format is not 1");
  // An older agent knew of no withdrawal.
  const { drain, withdrawal = null, freeze } = state;
  return {
    format: 1,
    drain: drain === null ? null : drainOrder(drain),
    withdrawal: withdrawal === null ? null : timedOrder(withdrawal, "withdrawal"),
    freeze: freeze === null ? null : freezeOrder(freeze),
    prefixes: Object.fromEntries(
      Object.entries(record(state["prefixes"], "prefixes")).map(([cidr, prefix]) => [cidr, savedPrefix(prefix, cidr)]),
    ),
  };
}

function drainOrder(value: unknown): DrainOrder {
  const { neverFull } = record(value, "drain");
  return { ...timedOrder(value, "drain"), ...(neverFull === true ? { neverFull } : {}) };
}

function timedOrder(value: unknown, where: string): TimedOrder {
  const { until, left } = record(value, where);
  return {
    ...order(value, where),
    until: nullable(until, time, `${where}.until`),
    ...(left === undefined ? {} : { left: span(left, `${where}.left`) }),
  };
}

function freezeOrder(value: unknown): FreezeOrder {
  const { routes = null } = record(value, "freeze");
  return { ...order(value, "freeze"), routes: nullable(routes, frozenRoutes, "freeze.routes") };
}

function frozenRoutes(value: unknown, where: string): Record<string, PrefixState> {
  return Object.fromEntries(
    Object.entries(record(value, where)).map(([cidr, state]) => [cidr, prefixState(state, `${where}.${cidr}`)]),
  );
}

function prefixState(value: unknown, where: string): PrefixState {
  if (value !== "full" && value !== "drained" && value !== "withdrawn") throw new Error(`${where} is no state`);
  return value;
}

function order(value: unknown, where: string): Order {
  const { reason, by, since } = record(value, where);
  return {
    reason: string(reason, `${where}.reason`),
    by: nullable(by, string, `${where}.by`),
    since: time(since, `${where}.since`),
  };
}

function savedPrefix(value: unknown, where: string): SavedPrefix {
  const { announced, withdrawals, level, until } = record(value, where);
  if (typeof announced !== "boolean") throw new Error(`${where}.announced is not true or false`);
  if (!Array.isArray(withdrawals)) throw new Error(`${where}.withdrawals is no list`);
  return {
    announced,
    withdrawals: withdrawals.map((each) => time(each, `${where}.withdrawals`)),
    level: number(level, `${where}.level`),
    until: nullable(until, time, `${where}.until`),
  };
}

function record(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`${where} is no object`);
  return value as Record<string, unknown>;
}

function nullable<T>(value: unknown, parse: (value: unknown, where: string) => T, where: string): T | null {
  return value === null ? null : parse(value, where);
}

function string(value: unknown, where: string): string {
  if (typeof value !== "string") throw new Error(`${where} is no text`);
  return value;
}

function number(value: unknown, where: string): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) throw new Error(`${where} is no count`);
  return value;
}

function span(value: unknown, where: string): number {
  if (typeof value !== "number" || !(value >= 0)) throw new Error(`${where} is no number of milliseconds`);
  return value;
}

function time(value: unknown, where: string): string {
  if (Number.isNaN(Date.parse(string(value, where)))) throw new Error(`${where} is no time`);
  return string(value, where);
}
