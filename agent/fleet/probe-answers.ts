import type { AgentCheck } from "../../model/agent-config.ts";
import { canonicalAddress } from "../../model/ip.ts";
import type { Check, ProbeResult } from "../check/check.ts";
import { inWords } from "../check/words.ts";
import type { Clock } from "../clock.ts";
import { hasCode } from "../error.ts";
import type { Neighbor } from "./neighborhood.ts";
import { readRequest, writeAnswer, type ProbeRequest } from "./probe-message.ts";

/** Probes that a peer may ask for at once, and a second; as many more are forgiven after a pause. */
const MOST_AT_ONCE = 10;
const MOST_A_SECOND = 20;

/** What the kernel says when the fault is this host's: of the other end it says nothing. */
const OWN_FAULTS = ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "ENETUNREACH", "EADDRNOTAVAIL", "EACCES", "EPERM"];

/** What peers are answered with. */
export interface AnswerOptions {
  readonly clock: Clock;
  readonly makeCheck: (check: AgentCheck) => Check;
  readonly send: (to: Neighbor, body: Buffer) => void;
}

/** What a peer asked for lately. */
interface Account {
  underWay: number;
  /** How many probes it may still ask for, as of a moment. */
  left: number;
  at: number;
}

/**
 * Makes the probes that peers ask for. A peer is probed at its own addresses alone, so that nobody can be made to attack others, and
 * so often only. What is refused is not answered.
 */
export class ProbeAnswers {
  private readonly options: AnswerOptions;
  private readonly accounts = new Map<number, Account>();
  private readonly underWay = new Set<AbortController>();

  constructor(options: AnswerOptions) {
    this.options = options;
  }

  /** Takes a request in. */
  take(from: Neighbor, body: Buffer): void {
    const request = readRequest(body);
    if (request === undefined || !isOwn(from, request.check.address)) return;
    const account = this.accountOf(from);
    if (account.left < 1 || account.underWay >= MOST_AT_ONCE) return;
    account.left--;
    account.underWay++;
    void this.probe(request)
      .then((result) => {
        if (result !== undefined) this.options.send(from, writeAnswer({ id: request.id, result }));
      })
      .finally(() => account.underWay--);
  }

  /** Gives up all probes. */
  close(): void {
    for (const controller of this.underWay) controller.abort();
  }

  private accountOf({ id }: Neighbor): Account {
    const now = this.options.clock.now();
    const account = this.accounts.get(id) ?? { underWay: 0, left: MOST_A_SECOND, at: now };
    account.left = Math.min(MOST_A_SECOND, account.left + ((now - account.at) / 1000) * MOST_A_SECOND);
    account.at = now;
    this.accounts.set(id, account);
    return account;
  }

  /** What was found; undefined when that says nothing of the peer. */
  private async probe({ check }: ProbeRequest): Promise<ProbeResult | undefined> {
    const { clock, makeCheck } = this.options;
    const started = clock.now();
    const controller = new AbortController();
    this.underWay.add(controller);
    const lateness = new Error(`no answer within ${check.timeout} ms`);
    const cancel = clock.setTimer(check.timeout, () => controller.abort(lateness));
    const givenUp = new Promise<never>((_, reject) => {
      controller.signal.addEventListener("abort", () => reject(controller.signal.reason as Error));
    });
    const made = makeCheck(check);
    try {
      await Promise.race([made.probe(controller.signal), givenUp]);
      return { ok: true, took: clock.now() - started };
    } catch (error) {
      const isClosing = controller.signal.aborted && controller.signal.reason !== lateness;
      if (isClosing || OWN_FAULTS.some((code) => hasCode(error, code))) return undefined;
      const cause = controller.signal.aborted ? lateness : error;
      return { ok: false, took: clock.now() - started, cause: inWords(cause) };
    } finally {
      cancel();
      made.close?.();
      this.underWay.delete(controller);
    }
  }
}

function isOwn({ addresses }: Neighbor, asked: string): boolean {
  const wanted = canonicalAddress(asked);
  return addresses.some((address) => canonicalAddress(address) === wanted);
}
