import type { AgentConfig } from "../../model/agent-config.ts";
import type { Peers } from "../../model/peers.ts";
import type { Clock } from "../clock.ts";
import type { Tell } from "../events.ts";
import type { PeerCheck } from "../../model/agent-checks.ts";
import type { ProbeResult } from "../check/check.ts";
import type { Fleet, FleetView, OwnState } from "../fleet/fleet.ts";
import type { GossipFleet } from "../fleet/gossip.ts";
import { NOBODY } from "./others.ts";

/** The other sites, once the configuration has heartbeats: an agent that is alone does without the memory that they take. */
export class LazyFleet implements Fleet {
  private readonly parts: { readonly clock: Clock; readonly tell: Tell; readonly onChange: () => void };
  private fleet: GossipFleet | undefined;
  private own: ReadonlyMap<string, OwnState> = new Map();
  private closed = false;
  /** The peers could not be read: nobody knows that there are none. */
  private blind = false;

  constructor(parts: LazyFleet["parts"]) {
    this.parts = parts;
  }

  /**
   * Goes on with a configuration and peers.
   *
   * @param peers undefined where there are none; `unreadable` where nobody can tell
   */
  async configure(config: AgentConfig, told: Peers | undefined | "unreadable"): Promise<void> {
    this.blind = told === "unreadable" && config.heartbeat !== undefined;
    const peers = told === "unreadable" ? undefined : told;
    if (this.fleet === undefined && config.heartbeat === undefined) return;
    const { createFleet } = await import("../fleet/create.ts");
    if (this.closed) return;
    if (this.fleet === undefined) this.fleet = createFleet({ ...this.parts, config, peers });
    else this.fleet.reconfigure(config, peers);
    this.fleet.publish(this.own);
  }

  /** Has the kernel let the peers' heartbeats through, as the firewall was loaded. */
  admit(): void {
    this.fleet?.admit();
  }

  view(): FleetView {
    const view = this.fleet?.view() ?? NOBODY;
    return this.blind ? { ...view, expected: true } : view;
  }

  /** The peers that were heard lately, by name. */
  heardSites(): string[] {
    return this.fleet?.heardSites() ?? [];
  }

  /** Has a peer make a probe; undefined when none tells what it found. */
  async ask(check: PeerCheck, turn: number, signal: AbortSignal): Promise<ProbeResult | undefined> {
    return await this.fleet?.ask(check, turn, signal);
  }

  publish(own: ReadonlyMap<string, OwnState>): void {
    this.own = own;
    this.fleet?.publish(own);
  }

  close(): void {
    this.closed = true;
    this.fleet?.close();
  }
}
