import type { PeerCheck } from "../../model/agent-checks.ts";
import { familyOf } from "../../model/ip.ts";
import type { ProbeResult } from "../check/check.ts";
import { PEER_PATIENCE } from "../check/peer.ts";
import type { Clock } from "../clock.ts";
import type { Neighbor } from "./neighborhood.ts";
import { readAnswer, writeRequest } from "./probe-message.ts";

/** How many peers are asked for one probe, one after the other. */
const MOST_ASKED = 2;

/** What peers are asked with. */
export interface RequestOptions {
  readonly clock: Clock;
  /** Numbers that nobody can guess. */
  readonly random: () => number;
  /** The peers that were heard lately. */
  readonly heard: () => Neighbor[];
  readonly send: (to: Neighbor, body: Buffer) => void;
}

interface Waiting {
  /** Who was asked: nobody else can answer. */
  readonly peer: number;
  readonly answered: (result: ProbeResult) => void;
}

/** The probes that peers are asked to make (`from: peer`). */
export class ProbeRequests {
  private readonly options: RequestOptions;
  private readonly waiting = new Map<number, Waiting>();

  constructor(options: RequestOptions) {
    this.options = options;
  }

  /**
   * Asks a peer that is heard to make a probe, and another one when it does not answer. Undefined when none answers, or the signal fires.
   *
   * @param turn how many probes of the check there were before: each begins with another peer
   */
  ask(check: PeerCheck, turn: number, signal: AbortSignal): Promise<ProbeResult | undefined> {
    const { clock, random, send } = this.options;
    const peers = this.peersFor(check, turn);
    return new Promise((resolve) => {
      let id = 0;
      let cancel: (() => void) | undefined;
      const finish = (result: ProbeResult | undefined): void => {
        cancel?.();
        this.waiting.delete(id);
        signal.removeEventListener("abort", giveUp);
        resolve(result);
      };
      const giveUp = (): void => finish(undefined);
      const next = (): void => {
        this.waiting.delete(id);
        const peer = peers.shift();
        if (peer === undefined || signal.aborted) return giveUp();
        id = random();
        const answered = (result: ProbeResult): void => finish(by(peer, result));
        this.waiting.set(id, { peer: peer.id, answered });
        cancel = clock.setTimer(check.timeout + PEER_PATIENCE, next);
        send(peer, writeRequest({ id, check }));
      };
      signal.addEventListener("abort", giveUp, { once: true });
      next();
    });
  }

  /** Takes an answer in. */
  take(from: Neighbor, body: Buffer): void {
    const answer = readAnswer(body);
    const waiting = answer && this.waiting.get(answer.id);
    if (answer !== undefined && waiting?.peer === from.id) waiting.answered(answer.result);
  }

  /** Who has no address of the family cannot tell whether the other end answers. */
  private peersFor({ address }: PeerCheck, turn: number): Neighbor[] {
    const family = familyOf(address);
    const able = this.options.heard().filter(({ peer }) => peer.addresses.some((own) => familyOf(own) === family));
    const first = able.length === 0 ? 0 : turn % able.length;
    return [...able.slice(first), ...able.slice(0, first)].slice(0, MOST_ASKED);
  }
}

function by({ peer }: Neighbor, result: ProbeResult): ProbeResult {
  return result.ok ? result : { ...result, cause: `${peer.site} says: ${result.cause}` };
}
