import { randomBytes } from "node:crypto";
import type { Peers } from "../../model/peers.ts";
import { makeCheck } from "../check/make.ts";
import type { Clock } from "../clock.ts";
import type { Tell } from "../events.ts";
import { run } from "../exec.ts";
import { GossipFleet, type FleetConfig } from "./gossip.ts";
import { udpTransport } from "./udp.ts";
import { WordSet } from "./word-set.ts";

/**
 * The heartbeats of this site, by UDP. Without `heartbeat` in the configuration, or without peers, nobody is heard.
 *
 * @param onChange called when the view has changed; it may ask for the view and publish
 */
export function createFleet({
  config,
  peers,
  clock,
  tell,
  onChange,
}: {
  config: FleetConfig;
  peers: Peers | undefined;
  clock: Clock;
  tell: Tell;
  onChange: () => void;
}): GossipFleet {
  const transport = udpTransport(clock, tell);
  const words = new WordSet(run, (text) => tell({ event: "agent", text }));
  const admit = words.admit.bind(words);
  return new GossipFleet({ config, peers, clock, transport, makeCheck, onChange, admit, random: unguessable });
}

function unguessable(): number {
  return randomBytes(6).readUIntBE(0, 6) || 1;
}
