import { dnsAsker, serialOf } from "./dns-query.ts";

/** How far a serial is behind another one (RFC 1982); 0 when it is the same or newer. */
export function behind(serial: number, other: number): number {
  const distance = (other - serial) >>> 0;
  return distance < 2 ** 31 ? distance : 0;
}

/** Other servers are spared: asked at most once in so many milliseconds, however often the check probes. */
const PAUSE = 5000;
/** Milliseconds until another server counts as silent. */
const TIMEOUT = 2000;

/** The serials of a zone that other servers have. They are asked beside the probes, so that a slow or silent one delays none. */
export class OtherSerials {
  private readonly servers: readonly string[];
  private readonly question: { readonly port: number; readonly name: string };
  private readonly serials = new Map<string, number>();
  private asked = -Infinity;
  private first: Promise<unknown> | undefined;
  /** Whether nobody has to wait any more. */
  private waited = false;

  /** Each is asked by UDP. */
  constructor(servers: readonly string[], question: { readonly port: number; readonly name: string }) {
    this.servers = servers;
    this.question = question;
  }

  /**
   * What the servers answered last, by server; one that was silent is not in it. Only the first answers are waited for,
   * `patience` milliseconds at most: without them a stale zone would count as healthy at the start.
   */
  async known(patience: number): Promise<ReadonlyMap<string, number>> {
    if (performance.now() - this.asked >= PAUSE) {
      this.asked = performance.now();
      const round = Promise.all(this.servers.map((server) => this.ask(server)));
      this.first ??= round;
    }
    if (!this.waited) await Promise.race([this.first, after(patience)]);
    this.waited = true;
    return this.serials;
  }

  private async ask(address: string): Promise<void> {
    const question = { ...this.question, address, transport: "udp", type: "SOA", flags: 0 } as const;
    const asker = dnsAsker(question);
    try {
      const reply = await asker.ask(AbortSignal.timeout(TIMEOUT));
      const serial = serialOf(reply, question.name);
      if (serial === undefined) this.serials.delete(address);
      else this.serials.set(address, serial);
    } catch {
      this.serials.delete(address);
    } finally {
      asker.close();
    }
  }
}

/** Does not keep the process alive. */
function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
