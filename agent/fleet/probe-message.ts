import type { PeerCheck } from "../../model/agent-checks.ts";
import { PEER_KINDS } from "../../model/peer-checks.ts";
import { DNS_FLAGS, DNS_RCODES, DNS_TYPES } from "../../model/dns.ts";
import { canonicalAddress } from "../../model/ip.ts";
import type { ProbeResult } from "../check/check.ts";

/** A probe that is asked of a peer. */
export interface ProbeRequest {
  /** What the answer repeats. */
  readonly id: number;
  readonly check: PeerCheck;
}

/** What a peer found. */
export interface ProbeAnswer {
  readonly id: number;
  readonly result: ProbeResult;
}

/** The longest that a peer waits for an answer, in milliseconds. */
const LONGEST_TIMEOUT = 10_000;

/** As much of a cause as is told, in characters; together with the rest it fits a message, whatever they are. */
const LONGEST_CAUSE = 200;

/** The body of a request. Where the check stands among others is left out. */
export function writeRequest({ id, check }: ProbeRequest): Buffer {
  const { timeout, every: _every, fall: _fall, rise: _rise, slow: _slow, ...placed } = check;
  const { id: _id, scope: _scope, weight: _weight, dependsOn: _dependsOn, from: _from, ...question } = placed;
  return Buffer.from(JSON.stringify({ id, timeout, question }));
}

/**
 * Reads a request; undefined when it asks for anything but one probe of a kind that a peer makes. Checked by hand: a schema library
 * would cost the running agent 6 MiB.
 */
export function readRequest(body: Buffer): ProbeRequest | undefined {
  const { id, timeout, question } = parse(body);
  if (!isCount(id) || !isCount(timeout) || timeout === 0 || !isQuestion(question)) return undefined;
  return { id, check: { ...UNPLACED, ...question, timeout: Math.min(timeout, LONGEST_TIMEOUT) } };
}

/** The body of an answer. */
export function writeAnswer({ id, result }: ProbeAnswer): Buffer {
  const took = Math.round(result.took);
  return Buffer.from(JSON.stringify(result.ok ? { id, took } : { id, took, cause: shown(result.cause) }));
}

/** Reads an answer; undefined when it is none. */
export function readAnswer(body: Buffer): ProbeAnswer | undefined {
  const { id, took, cause } = parse(body);
  if (!isCount(id) || !isCount(took) || (cause !== undefined && typeof cause !== "string")) return undefined;
  return { id, result: cause === undefined ? { ok: true, took } : { ok: false, took, cause: shown(cause) } };
}

const UNPLACED = { every: 1000, fall: 1, rise: 1, scope: "site", weight: 1, dependsOn: [], from: "host" } as const;

type Shape = Readonly<Record<string, (value: unknown) => boolean>>;

const isText = (value: unknown): boolean => typeof value === "string";
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isPort = (value: unknown): boolean => isCount(value) && value >= 1 && value <= 65535;
const isAddress = (value: unknown): boolean => typeof value === "string" && canonicalAddress(value) !== undefined;
const isPath = (value: unknown): boolean => typeof value === "string" && value.startsWith("/");
const isOneOf = (all: readonly string[]) => (value: unknown) => typeof value === "string" && all.includes(value);
const isFlags = (value: unknown): boolean => Array.isArray(value) && value.every(isOneOf(DNS_FLAGS));
const isHeaders = (value: unknown): boolean => isRecord(value) && Object.values(value).every(isText);
const maybe = (isRight: (value: unknown) => boolean) => (value: unknown) => value === undefined || isRight(value);

const HTTP: Shape = {
  address: isAddress,
  port: maybe(isPort),
  path: isPath,
  host: maybe(isText),
  status: isCount,
  body: maybe(isText),
  headers: isHeaders,
  certificateDays: maybe(isCount),
  verify: (value) => typeof value === "boolean",
};

/** What a question of each kind is made of, besides its kind. Nothing in it names another address. */
const SHAPES: Readonly<Record<PeerCheck["kind"], Shape>> = {
  dns: {
    address: isAddress,
    port: isPort,
    transport: isOneOf(["udp", "tcp"]),
    name: isText,
    type: isOneOf(DNS_TYPES),
    rcode: isOneOf(DNS_RCODES),
    flags: isFlags,
    answer: maybe(isText),
  },
  http: HTTP,
  https: HTTP,
  tcp: { address: isAddress, port: isPort, banner: maybe(isText) },
  udp: { address: isAddress, port: isPort, send: isText, expect: isText },
  icmp: { address: isAddress },
};

/** Whether something is what a check asks, apart from when. */
function isQuestion(value: unknown): value is PeerCheck {
  if (!isRecord(value)) return false;
  const { kind, ...rest } = value;
  const known = PEER_KINDS.find((one) => one === kind);
  if (known === undefined) return false;
  const shape = SHAPES[known];
  return (
    Object.keys(rest).every((key) => Object.hasOwn(shape, key)) &&
    Object.entries(shape).every(([key, isRight]) => isRight(rest[key]))
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString());
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** On one line, and not too long. */
function shown(cause: string): string {
  return cause.replaceAll(/\p{Cc}/gu, " ").slice(0, LONGEST_CAUSE);
}
