import type { Check } from "../check/check.ts";
import type { AgentEvent } from "../events.ts";
import { NOTHING_SAVED, type SavedState } from "../state/saved-state.ts";
import type { Surroundings } from "../run/site-agent.ts";
import type { StateStore } from "../state/state-file.ts";
import type { FakeClock } from "./fake-clock.ts";
import { RecordingAnnouncer } from "./recorder.ts";
import { exported } from "./simulated-bird.ts";

/** A store in memory. */
export class MemoryStore implements StateStore {
  saved: SavedState = NOTHING_SAVED;

  save(state: SavedState): void {
    this.saved = state;
  }
}

/** What an agent under test works with, and what it did. */
export type TestSurroundings = Surroundings & {
  readonly announcer: RecordingAnnouncer;
  readonly store: MemoryStore;
  readonly events: AgentEvent[];
};

/** Surroundings without a host: an injected clock, no jitter, no other sites. */
export function surroundings(
  clock: FakeClock,
  makeCheck: Surroundings["makeCheck"],
  changes: Partial<Surroundings> & { readonly store?: MemoryStore; readonly announcer?: RecordingAnnouncer } = {},
): TestSurroundings {
  const events: AgentEvent[] = [];
  const made = {
    clock,
    makeCheck,
    events,
    handover: undefined,
    fleet: undefined,
    tell: (event: AgentEvent) => void events.push(event),
    random: () => 0.5,
    onBeat: () => {},
    packets: () => undefined,
  };
  const announcer = changes.announcer ?? new RecordingAnnouncer(clock);
  return { ...made, announcements: exported(clock, announcer), store: new MemoryStore(), ...changes, announcer };
}

/** What a service under test does when it is probed; `refuses`: nobody listens. */
export type Behavior = "answers" | "fails" | "hangs" | "refuses";

/** A check of something that can be told what to do. */
export function behaving(label: string, behavior: () => Behavior): Check {
  return {
    label,
    async probe(signal) {
      const does = behavior();
      if (does === "hangs") await new Promise((resolve) => signal.addEventListener("abort", resolve));
      if (does === "refuses") throw Object.assign(new Error("nobody listens"), { code: "ECONNREFUSED" });
      if (does !== "answers") throw new Error("refused");
    },
  };
}
