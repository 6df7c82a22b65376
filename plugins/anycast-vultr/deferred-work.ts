import type { Clock } from "../../clients/vultr/clock.ts";

/**
 * Milliseconds after its answer within which the engine writes its state, also to a slow store. Later does no harm: what depends on a
 * resource, and the engine's end, have its work done at once.
 */
const DELAY_MS = 10_000;

interface Piece {
  readonly startNow: () => void;
  readonly drop: () => void;
  readonly ended: Promise<void>;
}

/**
 * Work on resources that waits until the engine has written to its state what it was answered: done earlier, a kill in between would leave
 * a resource that looks complete and that no state has. One piece for each id; what a killed process had waiting is lost.
 */
export class DeferredWork {
  readonly #pieces = new Map<string, Piece>();

  /** @param work never rejects */
  add(id: string, clock: Clock, work: () => Promise<void>): void {
    const wait = new AbortController();
    let isDropped = false;
    const run = async (): Promise<void> => {
      await clock.sleep(DELAY_MS, wait.signal).catch(() => {});
      if (!isDropped) await work();
      this.#pieces.delete(id);
    };
    this.#pieces.set(id, {
      startNow: () => wait.abort(),
      drop: () => {
        isDropped = true;
        wait.abort();
      },
      ended: run(),
    });
  }

  /** Does the work on a resource at once, as something shows that the state has it. Returns when it is done. */
  async finish(id: string): Promise<void> {
    this.#pieces.get(id)?.startNow();
    await this.#pieces.get(id)?.ended;
  }

  /** Gives up the work on a resource, before other work on it. Returns when nothing of it is under way. */
  async drop(id: string): Promise<void> {
    this.#pieces.get(id)?.drop();
    await this.#pieces.get(id)?.ended;
  }

  /** Does all work that waits now. */
  async finishAll(): Promise<void> {
    await Promise.all([...this.#pieces.keys()].map((id) => this.finish(id)));
  }
}
