import type { AgentConfig } from "../../model/agent-config.ts";
import { announcedIn, type Announced, type Announcements, type KnownAnnounced } from "../announced/announced.ts";
import { BirdAnnouncements } from "../announced/bird-announcements.ts";
import type { BirdView } from "../reconcile/view.ts";
import type { FakeClock } from "./fake-clock.ts";
import type { RecordingAnnouncer } from "./recorder.ts";

type Prefix = AgentConfig["prefixes"][number];

/** As the agent asks BIRD: every second, and soon after a change. */
const EVERY_MS = 1000;
const AFTER_CHANGE_MS = 50;

/** A BIRD that routes what an announcer announces, with a session of each family. */
export class SimulatedBird implements Announcements {
  /** The families that have an established session. */
  readonly sessions = new Set<4 | 6>([4, 6]);
  /** Whether what is routed is exported. */
  exports = true;
  /** While set, it answers nothing. */
  silent = false;
  private readonly clock: FakeClock;
  private readonly announcer: RecordingAnnouncer;
  private readonly prefixes: readonly Prefix[];
  private readonly answers: BirdAnnouncements;
  private cancel: () => void = () => {};

  /** @param onChange called when the agent learns that something else is announced */
  constructor(clock: FakeClock, announcer: RecordingAnnouncer, prefixes: readonly Prefix[], onChange: () => void) {
    this.clock = clock;
    this.announcer = announcer;
    this.prefixes = prefixes;
    this.answers = new BirdAnnouncements(clock, () => this.schedule(AFTER_CHANGE_MS), onChange);
    this.ask();
  }

  /** What the neighbors have now. */
  now(prefix: Prefix): Announced {
    return announcedIn(this.view(), prefix);
  }

  of(prefix: Prefix): KnownAnnounced {
    return this.answers.of(prefix);
  }

  refresh(): void {
    this.answers.refresh();
  }

  /** Ends with its agent. */
  close(): void {
    this.cancel();
    this.answers.close();
  }

  private ask(): void {
    if (!this.silent) this.answers.take(this.view(), this.clock.now());
    this.schedule(EVERY_MS);
  }

  private schedule(after: number): void {
    this.cancel();
    this.cancel = this.clock.setTimer(after, () => this.ask());
  }

  private view(): BirdView {
    const routed = new Set(this.announcer.announced());
    const sent = new Map(
      this.prefixes.flatMap(({ cidr, full, drained }) => {
        if (routed.has(`${cidr} full`)) return [[cidr, full.protocol] as const];
        return routed.has(`${cidr} drained`) ? [[cidr, drained.protocol] as const] : [];
      }),
    );
    return {
      routes: new Map(),
      missing: [],
      sessions: ([4, 6] as const).map((family) => ({
        protocol: `edge${family}`,
        family,
        neighbor: "",
        asn: 64515,
        state: this.sessions.has(family) ? "Established" : "Active",
        lastError: null,
        sent: !this.sessions.has(family) ? null : this.exports ? sent : new Map(),
      })),
    };
  }
}

/** What is announced is what an announcer announces, and the agent knows it at once. */
export function exported(clock: FakeClock, announcer: RecordingAnnouncer): Announcements {
  return {
    of({ cidr }) {
      const routed = announcer.announced();
      const as = (["full", "drained"] as const).find((state) => routed.includes(`${cidr} ${state}`)) ?? "withdrawn";
      return { session: true, as, askedAt: clock.now() };
    },
    refresh: () => {},
  };
}
