import type { Clock } from "../clock.ts";
import { AgentError } from "../error.ts";
import type { Claim, FleetView } from "../fleet/fleet.ts";

/**
 * Milliseconds until every site has heard that this one asks, and this one who else does: time for a message and for one that stands in
 * for a lost one. Of two that ask at about the same time, at least the later one knows of both.
 */
const SETTLE = 500;

/** Milliseconds after which asking ends, however it stands: who waits for the answer gives up after 5 s. */
const PATIENCE = 2000;

/** Milliseconds between two looks at what the others say. */
const POLL = 100;

/**
 * What speaks against taking something away while the others are like this; undefined when nothing does.
 *
 * @param asking whether those that ask to leave count among those that stay
 */
export type Objection = (others: FleetView, asking: boolean) => string | undefined;

/** What claims are made with. */
export interface ClaimSurroundings {
  readonly clock: Clock;
  /** Whether a site that comes before this one in the order that all share asks, too. */
  readonly asksBefore: (others: FleetView) => boolean;
  /** What is thrown with an objection. */
  readonly refusal: (problem: string, others: FleetView) => AgentError;
  /** The claim is another one: the others have to be told. */
  readonly onChange: () => void;
}

/** Asks the other sites before something is taken away, so that no two take at once what only one of them may (docs/decisions/017). */
export class Claims {
  private readonly around: ClaimSurroundings;
  private asking = 0;

  constructor(around: ClaimSurroundings) {
    this.around = around;
  }

  /** What the others are told. */
  of(leaves: boolean): Claim {
    return leaves ? "leaves" : this.asking > 0 ? "asks" : "none";
  }

  /**
   * Waits until the others are known to do without what is to be taken away, and has it taken then. Of several that ask, one is served
   * after the other.
   *
   * @param others the other sites; undefined where there are none to ask
   * @throws AgentError with the objection
   */
  async ask(others: () => FleetView | undefined, objection: Objection, take: () => void): Promise<void> {
    const { clock, onChange } = this.around;
    const known = others();
    if (known === undefined) return take();
    this.refuse(objection(known, true), known);
    const deadline = clock.now() + PATIENCE;
    this.asking++;
    onChange();
    try {
      await passed(clock, SETTLE);
      while (!this.mayTake(others(), objection, deadline)) await passed(clock, POLL);
      take();
    } finally {
      this.asking--;
      onChange();
    }
  }

  /** @throws AgentError when it is not to be waited for */
  private mayTake(others: FleetView | undefined, objection: Objection, deadline: number): boolean {
    if (others === undefined) return true;
    this.refuse(objection(others, true), others);
    const problem = objection(others, false);
    if (problem === undefined) return true;
    // The first of those that ask is served when the others have given up.
    if (this.around.asksBefore(others) || this.around.clock.now() >= deadline)
      throw new AgentError(`${problem}; others ask for the same just now: try again`);
    return false;
  }

  private refuse(problem: string | undefined, others: FleetView): void {
    if (problem !== undefined) throw this.around.refusal(problem, others);
  }
}

function passed(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => void clock.setTimer(milliseconds, resolve));
}
