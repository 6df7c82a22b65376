import { loadConfig, type LoadedConfig } from "../config.ts";
import { messageOf } from "../error.ts";
import { loadPeers } from "../fleet/peers-file.ts";
import type { Peers } from "../../model/peers.ts";

/** The command of our own program that prints {@link Parsed}. */
export const PARSE_CONFIG = "parse-config";

/** All that the agent is configured by. */
export interface Parsed extends LoadedConfig {
  /** Null without any. */
  readonly peers: Peers | null;
  /** Why the peers cannot be used, or null: no reason not to run. */
  readonly peersProblem: string | null;
}

/**
 * Reads all that the agent is configured by.
 *
 * @throws AgentError that names the file and what is wrong in it
 */
export function parseConfig(path: string): Parsed {
  const loaded = loadConfig(path);
  try {
    return { ...loaded, peers: loadPeers() ?? null, peersProblem: null };
  } catch (error) {
    return { ...loaded, peers: null, peersProblem: messageOf(error) };
  }
}
