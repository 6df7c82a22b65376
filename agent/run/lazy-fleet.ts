import type { AgentConfig } from "../../model/agent-config.ts";
import type { Peers } from "../../model/peers.ts";
import type { Clock } from "../clock.ts";
import type { Tell } from "../events.ts";
import type { Fleet, FleetView, OwnState } from "../fleet/fleet.ts";
import type { GossipFleet } from "../fleet/gossip.ts";

const NOBODY: FleetView = { heard: 0, prefix: () => ({ announcing: 0, dependable: 0, before: () => 0 }) };

/** The other sites, once the configuration has heartbeats: an agent that is alone does without the memory that they take. */
export class LazyFleet implements Fleet {
  private readonly parts: { readonly clock: Clock; readonly tell: Tell; readonly onChange: () => void };
  private fleet: GossipFleet | undefined;
  private own: ReadonlyMap<string, OwnState> = new Map();
  private closed = false;

  constructor(parts: LazyFleet["parts"]) {
    this.parts = parts;
  }

  /** Goes on with a configuration and peers. */
  async configure(config: AgentConfig, peers: Peers | undefined): Promise<void> {
    if (this.fleet === undefined && config.heartbeat === undefined) return;
    const { createFleet } = await import("../fleet/create.ts");
    if (this.closed) return;
    if (this.fleet === undefined) this.fleet = createFleet({ ...this.parts, config, peers });
    else this.fleet.reconfigure(config, peers);
    this.fleet.publish(this.own);
  }

  view(): FleetView {
    return this.fleet?.view() ?? NOBODY;
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
