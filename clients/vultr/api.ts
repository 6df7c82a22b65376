import { realClock, type Clock } from "./clock.ts";
import { cancelled, isGone, keyMissing, unexpected, VultrError } from "./error.ts";
import { exchange, type Outcome, type VultrRequest } from "./exchange.ts";
import { Pacer } from "./pacer.ts";

/** Milliseconds to wait after each failed try; one more try than there are waits. */
const TROUBLE_WAITS_MS = [1000, 2000, 4000, 8000];

/** Milliseconds to wait after each 429 that does not say how long. */
const BUSY_WAITS_MS = [1000, 2000, 4000, 8000, 15_000, 30_000, 60_000, 60_000];

/** The shortest pause after a 429, in milliseconds, whatever `Retry-After` says. */
const SHORTEST_WAIT_MS = 1000;

/** The longest wait of a `Retry-After` that is obeyed, in milliseconds. */
const LONGEST_WAIT_MS = 120_000;

/** How to reach Vultr's API. */
export interface VultrApiOptions {
  /** As in `https://api.vultr.com`, the default. */
  readonly url?: string | undefined;
  /** None for the public lists. */
  readonly key?: string | undefined;
  readonly clock?: Clock;
  /** Whether what fails for the moment is tried again; without it, somebody who waits for the answer hears at once. Default true. */
  readonly retries?: boolean;
}

/** What one call may do beside its request. */
export interface CallOptions {
  /** Aborts the call, waits included. */
  readonly signal?: AbortSignal | undefined;
  /** Is given what the call waits for, as `Vultr asks for a pause of 30 s`. */
  readonly onWait?: ((message: string) => void) | undefined;
}

/** Vultr's own place; `VULTR_API_URL` names another one. */
export const VULTR_API_URL = "https://api.vultr.com";

/** The API as the environment names it: `VULTR_API_KEY`, and `VULTR_API_URL` for another place than Vultr's own. */
export function vultrOptionsOf(environment: NodeJS.ProcessEnv): VultrApiOptions {
  const value = (name: string) => environment[name]?.trim() || undefined;
  return { url: value("VULTR_API_URL"), key: value("VULTR_API_KEY") };
}

/**
 * Vultr's API v2. Requests keep under its rate limit, wait when it says so, and are tried again when it is down, but for
 * a POST that may have been carried out.
 */
export class VultrApi {
  readonly url: string;
  readonly clock: Clock;
  private readonly key: string | undefined;
  private readonly retries: boolean;
  private readonly pacer: Pacer;
  private troubles = 0;

  constructor({ url, key, clock = realClock, retries = true }: VultrApiOptions) {
    this.url = url ?? VULTR_API_URL;
    this.key = key === "" ? undefined : key;
    this.clock = clock;
    this.retries = retries;
    this.pacer = new Pacer(clock);
  }

  /** How often the API had no proper answer so far: what it lists may be behind what it has done. */
  get troubleCount(): number {
    return this.troubles;
  }

  get hasKey(): boolean {
    return this.key !== undefined;
  }

  /**
   * Sends a request and returns the answer's JSON; `{}` if it has none.
   *
   * @throws VultrError
   */
  async request(request: VultrRequest, options: CallOptions = {}): Promise<unknown> {
    let troubles = 0;
    let refusedForNow = 0;
    let perhapsDone = false;
    try {
      for (;;) {
        await this.pacer.turn(options.signal);
        perhapsDone = isOnce(request);
        const outcome = await exchange(this.url, this.key, request, options.signal);
        perhapsDone = false;
        if (outcome.kind === "answer") return outcome.body;
        if (outcome.kind === "refused") {
          // The try before was carried out, and its answer was lost.
          if (request.method === "DELETE" && troubles > 0 && isGone(outcome.error)) return {};
          throw outcome.error;
        }
        if (outcome.kind === "busy") this.pause(outcome.waitMs, refusedForNow++, options);
        else await this.waitForBetter(outcome, request, troubles++, options);
      }
    } catch (error) {
      if (!options.signal?.aborted || error instanceof VultrError) throw error;
      throw cancelled(perhapsDone);
    }
  }

  /** All items of a list, page by page. */
  async list(
    path: string,
    key: string,
    options: CallOptions & { query?: Readonly<Record<string, string>> } = {},
  ): Promise<unknown[]> {
    const items: unknown[] = [];
    const seen = new Set<string>();
    for (let cursor = ""; ;) {
      const query = { ...options.query, per_page: "500", ...(cursor === "" ? {} : { cursor }) };
      const page = (await this.request({ method: "GET", path, query }, options)) as Record<string, unknown>;
      const part = page[key];
      if (!Array.isArray(part)) throw unexpected("GET", path);
      items.push(...(part as unknown[]));
      const next = (page["meta"] as { links?: { next?: unknown } } | undefined)?.links?.next;
      if (typeof next !== "string" || next === "" || seen.has(next)) return items;
      seen.add(next);
      cursor = next;
    }
  }

  /** @throws VultrError when there is no key */
  requireKey(): void {
    if (this.key === undefined) throw keyMissing();
  }

  /** All requests of the process count, so all of them pause. */
  private pause(asked: number | undefined, before: number, options: CallOptions): void {
    const planned = this.retries ? BUSY_WAITS_MS[before] : undefined;
    const wait = Math.max(asked ?? planned ?? 0, SHORTEST_WAIT_MS);
    if (planned === undefined || wait > LONGEST_WAIT_MS)
      throw new VultrError({
        kind: "busy",
        status: 429,
        reason: "Vultr's API has too many requests from this key (status 429)",
        remedy: `Run it again in ${asked === undefined ? "a few minutes" : seconds(wait)}; it goes on where it stopped`,
      });
    options.onWait?.(`Vultr's API asks for a pause of ${seconds(wait)}`);
    this.pacer.pause(wait);
  }

  private async waitForBetter(
    { why, sent, permanent }: Extract<Outcome, { kind: "trouble" }>,
    request: VultrRequest,
    before: number,
    options: CallOptions,
  ): Promise<void> {
    this.troubles++;
    const wait = this.retries ? TROUBLE_WAITS_MS[before] : undefined;
    const perhapsDone = sent && isOnce(request);
    const { method, path } = request;
    if (wait === undefined || permanent || perhapsDone)
      throw new VultrError({
        kind: "down",
        reason: `Vultr's API${this.url === VULTR_API_URL ? "" : ` at ${this.url}`} does not answer ${method} ${path} (${why}${before === 0 ? "" : `, tried ${before + 1} times`})`,
        remedy: permanent
          ? "Check the proxy and the certificates of this machine, and VULTR_API_URL if it is set"
          : "Run it again when it is back (https://status.vultr.com); it goes on where it stopped",
        perhapsDone,
      });
    options.onWait?.(`Vultr's API does not answer (${why}): next try in ${seconds(wait)}`);
    await this.clock.sleep(wait, options.signal);
  }
}

/** Whether a request must not be sent again when it may have been carried out. */
function isOnce({ method, repeatable }: VultrRequest): boolean {
  return method === "POST" && repeatable !== true;
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 1000)} s`;
}
