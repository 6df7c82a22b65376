import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HANDED_OVER } from "../announcer/announcer.ts";
import { PATHS } from "../../model/paths.ts";
import type { Inheritance } from "../decision/health.ts";
import { isMissing } from "../error.ts";

/** Milliseconds for which what an agent left says something of the services. */
const FRESH = HANDED_OVER * 1000;

/** What an agent that ends leaves to the one that follows at once. */
export interface Handover {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly checks: readonly InheritedCheck[];
  /** What it announced, by prefix. */
  readonly prefixes: Readonly<Record<string, { readonly state: "full" | "drained"; readonly lastResort: boolean }>>;
}

export interface InheritedCheck {
  readonly service: string;
  /** What the check asks; only the same check takes it over. */
  readonly question: unknown;
  readonly inheritance: Inheritance;
}

const FILE = join(PATHS.agentState, "handover.json");

/** Leaves a handover. What cannot be written is left out: then the next agent checks as at any start. */
export function leaveHandover(handover: Handover, path: string = FILE): void {
  try {
    writeFileSync(`${path}.new`, JSON.stringify(handover), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch {
    // The disk is full or read-only, which is told already.
  }
}

/** Whether what it says of the services still counts at a moment, in milliseconds since 1970. */
export function isFresh({ at }: Handover, now: number): boolean {
  return at <= now && now - at <= FRESH;
}

/** Takes the handover of the agent before, once; undefined when it left none: it died, or never was. */
export function takeHandover(path: string = FILE): Handover | undefined {
  try {
    const handover = JSON.parse(readFileSync(path, "utf8")) as Handover;
    rmSync(path, { force: true });
    return isHandover(handover) ? handover : undefined;
  } catch (error) {
    if (!isMissing(error)) rmSync(path, { force: true });
    return undefined;
  }
}

/** It is our own file and lives for seconds: only half of one, as a full disk leaves it, is to be feared. */
function isHandover({ at, checks, prefixes }: Handover): boolean {
  return typeof at === "number" && Array.isArray(checks) && typeof prefixes === "object" && prefixes !== null;
}
