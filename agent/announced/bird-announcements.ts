import type { AgentConfig } from "../../model/agent-config.ts";
import type { Clock } from "../clock.ts";
import type { BirdView } from "../reconcile/view.ts";
import { announcedIn, NOT_KNOWN, type Announcements, type KnownAnnounced } from "./announced.ts";

/** Milliseconds for which BIRD's last answer counts while it is silent. */
const ANSWER_LIFETIME_MS = 3000;

/** What is announced, by BIRD's last answer. */
export class BirdAnnouncements implements Announcements {
  readonly refresh: () => void;
  private readonly clock: Clock;
  private readonly onChange: () => void;
  private answer: { readonly view: BirdView; readonly askedAt: number } | undefined;
  private cancel: () => void = () => {};

  /**
   * @param refresh has BIRD asked soon
   * @param onChange called when something else is announced than before
   */
  constructor(clock: Clock, refresh: () => void, onChange: () => void) {
    this.clock = clock;
    this.refresh = refresh;
    this.onChange = onChange;
  }

  /** Takes BIRD's answer in. */
  take(view: BirdView, askedAt: number): void {
    const before = this.answer?.view;
    this.answer = { view, askedAt };
    this.cancel();
    this.cancel = this.clock.setTimer(ANSWER_LIFETIME_MS, () => {
      this.answer = undefined;
      this.onChange();
    });
    if (before === undefined || !isSame(before, view)) this.onChange();
  }

  of(prefix: AgentConfig["prefixes"][number]): KnownAnnounced {
    const { answer } = this;
    return answer === undefined ? NOT_KNOWN : { ...announcedIn(answer.view, prefix), askedAt: answer.askedAt };
  }

  close(): void {
    this.cancel();
  }
}

/** Mostly BIRD says what it said a second ago: then what was read out of it is the very same. */
function isSame(a: BirdView, b: BirdView): boolean {
  return (
    a.sessions.length === b.sessions.length &&
    a.sessions.every(({ state, sent }, index) => state === b.sessions[index]?.state && sent === b.sessions[index].sent)
  );
}
