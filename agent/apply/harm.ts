import { isDeepStrictEqual } from "node:util";
import type { AgentConfig } from "../../model/agent-config.ts";
import type { Operation } from "./actions.ts";

/**
 * What must be the same in `protocol bgp` for BIRD to keep a session while it reconfigures: all of it but its channels
 * (filters and limits), comments and description. By the name of the protocol.
 */
export function sessionSettings(birdConf: string): Map<string, string> {
  const settings = new Map<string, string>();
  for (const [, name = "", body = ""] of birdConf.matchAll(/^protocol bgp (\w+)\b[^{]*\{\n(.*?)^\}/gms)) {
    const kept = body
      .replaceAll(/^ +ipv[46] \{.*?^ +\};$/gms, "")
      .split("\n")
      .map((line) => line.replace(/#.*/, "").trim())
      .filter((line) => line !== "" && !line.startsWith("description "));
    settings.set(name, kept.join("\n"));
  }
  return settings;
}

/** The sessions that a change of BIRD's configuration ends, for good or for a moment. */
export function bouncedSessions(before: string, after: string): string[] {
  const kept = sessionSettings(after);
  return [...sessionSettings(before)].filter(([name, settings]) => kept.get(name) !== settings).map(([name]) => name);
}

/** What becomes of BIRD. */
export interface BirdChange {
  /** What is done to the daemon. */
  readonly bird: Operation;
  /** Its configuration before; empty when there was none. */
  readonly before: string;
  readonly after: string;
  /** Whether passwords that are in use change. */
  readonly newPasswords: boolean;
}

/** All sessions that a change of BIRD ends, for good or for a moment, by the names of their protocols. */
export function endedSessions({ bird, before, after, newPasswords }: BirdChange): string[] {
  const running = sessionSettings(before);
  switch (bird) {
    case "keep":
    case "start":
      return [];
    case "restart":
    case "stop":
      return [...running.keys()];
    case "reload": {
      const bounced = new Set(bouncedSessions(before, after));
      // Which password belongs to which session is BIRD's to know: one that has any may restart.
      const mayBounce = (settings: string): boolean => newPasswords && /^password\b/m.test(settings);
      return [...running].filter(([name, settings]) => bounced.has(name) || mayBounce(settings)).map(([name]) => name);
    }
  }
}

/** The prefixes whose markers mean something else than before: until the agent knows, BIRD would follow the wrong ones. */
export function movedMarkers(before: AgentConfig, after: AgentConfig): string[] {
  const owners = new Map(
    before.prefixes.flatMap(({ cidr, full, drained }) => [full, drained].map(({ address }) => [address, cidr])),
  );
  return after.prefixes
    .filter(({ cidr, full, drained }) => {
      const old = before.prefixes.find((prefix) => prefix.cidr === cidr);
      const addresses = [full.address, drained.address];
      const isNew = old === undefined || !isDeepStrictEqual([old.full.address, old.drained.address], addresses);
      return isNew && addresses.some((address) => owners.has(address));
    })
    .map(({ cidr }) => cidr);
}
