import { setTimeout as sleep } from "node:timers/promises";
import type { AgentConfig } from "../../model/agent-config.ts";
import { BirdClient } from "../bird/client.ts";
import { bgpProtocols, exported, isEstablished, sessionState } from "../bird/routing.ts";
import { systemClock } from "../clock.ts";
import { RefusedError, type AgentClient } from "../control/client.ts";
import type { HeldState } from "../control/protocol.ts";
import { AgentError, messageOf } from "../error.ts";
import { packetsTo } from "../metrics/address-counters.ts";
import type { Host } from "./host.ts";
import { untilQuiet } from "./residue.ts";
import { heldAgent, termsOf, type Turn } from "./turn.ts";

/** Milliseconds until BIRD must have withdrawn everything; markers that nobody renews last up to 3.5 s. */
const PATIENCE = 6000;

/** Milliseconds for a change of routes to reach the other networks, before anything is taken away (measured: 12 ms over four hops, one outlier of 101). */
const PROPAGATION = 300;

/** What a drain waits for: the traffic to these addresses. */
export interface Drain {
  readonly addresses: readonly string[];
  readonly limits: AgentConfig["drain"];
}

/** Keeps everything drained, then withdrawn, for the time of a change. Ends by itself when this process does. */
export class Hold {
  private readonly host: Host;
  private agent: AgentClient | undefined;
  /** The connection that the site is drained by until its configuration drains it. */
  private drain: AgentClient | undefined;
  private reason = "";
  /** What an operator should know of the drains. */
  readonly warnings: string[] = [];

  constructor(host: Host) {
    this.host = host;
  }

  /**
   * Has the agent drain everything, waits until its traffic has gone elsewhere, has it withdraw everything, and waits until BIRD sends
   * no route to anybody.
   *
   * @throws AgentError when the agent refuses, as too few other sites announce, or when something is still announced after 6 s
   */
  async acquire(reason: string, turn: Turn, drain: Drain): Promise<void> {
    const former = this.agent;
    const deadline = performance.now() + (turn === "forced" ? 0 : turn.patience);
    const left = (): Turn => (turn === "forced" ? turn : { ...turn, patience: deadline - performance.now() });
    this.reason = reason;
    try {
      for (;;) {
        const { agent, isHeld } = await heldAgent(reason, left(), "drained");
        this.agent = agent;
        if (isHeld) await this.empty(drain);
        try {
          await this.become("withdrawn", left(), isHeld);
          break;
        } catch (error) {
          // While it drained, other sites went away: it announces in full again, and waits for another turn.
          await agent?.release().catch(() => {});
          agent?.close();
          if (performance.now() > deadline) throw error;
          this.host.log(`not withdrawn yet: ${messageOf(error)}`);
        }
      }
    } catch (error) {
      this.agent = former;
      throw error;
    }
    former?.close();
    await untilWithdrawn();
    this.host.log("withdrawn");
  }

  /**
   * Has the agent drain everything before the configuration does; it goes on announcing.
   *
   * @throws RefusedError when no other site announces in full
   */
  async drainFirst(reason: string, patience: number): Promise<void> {
    this.drain = (await heldAgent(reason, { patience, drains: true }, "drained")).agent;
  }

  /** Has an agent that was restarted meanwhile go on holding. */
  async resume(): Promise<void> {
    this.agent?.close();
    this.agent = (await heldAgent(this.reason, "forced", "withdrawn")).agent;
  }

  /** Announces as the last choice, until {@link Hold.release}. */
  async comeBack(): Promise<void> {
    await this.become("drained", "forced");
    await sleep(PROPAGATION);
  }

  /** Lets the agent announce as its configuration says. */
  release(): void {
    for (const agent of [this.agent, this.drain]) agent?.close();
    this.agent = undefined;
    this.drain = undefined;
  }

  private async empty({ addresses, limits }: Drain): Promise<void> {
    if ((await announcedNow()).length === 0) return;
    this.host.log("drained: waiting for its traffic to go elsewhere");
    const { isQuiet, text } = await untilQuiet(() => packetsTo(addresses, this.host.run), limits, systemClock);
    this.host.log(text);
    if (!isQuiet) this.warnings.push(`drain: ${text}`);
  }

  /**
   * Has the agent hold everything otherwise. One that ended or hangs meanwhile, or is another one by now, is asked anew.
   *
   * @param answers whether it answered before
   * @throws RefusedError when the agent refuses
   */
  private async become(state: HeldState, turn: Turn, answers = true): Promise<void> {
    const { agent } = this;
    if (agent === undefined) return;
    try {
      if (answers) return await agent.hold(this.reason, state, termsOf(turn));
    } catch (error) {
      if (error instanceof RefusedError) throw error;
    }
    agent.close();
    this.agent = (await heldAgent(this.reason, turn, state)).agent;
  }
}

/** Waits until BIRD sends no route to anybody and other networks have heard of it; at once when BIRD is not running. */
async function untilWithdrawn(): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const announced = await announcedNow();
    if (announced.length === 0) break;
    if (performance.now() > deadline) {
      throw new AgentError(
        `BIRD still announces ${announced.join(", ")}, which should be withdrawn: see 'birdc show route all'`,
      );
    }
    await sleep(50);
  }
  await sleep(PROPAGATION);
}

async function announcedNow(): Promise<string[]> {
  const bird = await BirdClient.connect().catch(() => undefined);
  if (bird === undefined) return [];
  try {
    const announced = new Set<string>();
    for (const protocol of await bgpProtocols(bird)) {
      if (!isEstablished(await sessionState(bird, protocol))) continue;
      for (const cidr of await exported(bird, protocol)) announced.add(cidr);
    }
    return [...announced];
  } finally {
    bird.close();
  }
}
