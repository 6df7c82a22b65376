import type { AgentConfig } from "../../model/agent-config.ts";
import type { AgentEvent } from "../events.ts";
import { SiteAgent } from "../run/site-agent.ts";
import type { Handover } from "../state/handover.ts";
import { siteConfig } from "./config.ts";
import { FakeClock } from "./fake-clock.ts";
import { behaving, surroundings, type Behavior, type TestSurroundings } from "./surroundings.ts";

type Transition = Extract<AgentEvent, { event: "transition" }>;

/** One agent after the other of a site with one prefix and one service, on one host. */
export interface AgentUnderTest {
  readonly agent: SiteAgent;
  readonly clock: FakeClock;
  readonly around: TestSurroundings & {
    /** All transitions that agents of this host told, and when. */
    readonly moments: { readonly at: number; readonly event: Transition }[];
  };
  /** What the service does. */
  does: Behavior;
  /** What is announced now, as in `["full"]`. */
  announced(): string[];
}

export interface Takeover {
  /** The agent before died, and systemd deleted the markers. */
  readonly died?: boolean;
  readonly config?: AgentConfig;
  /** Milliseconds from the end of one agent to the start of the next, for which nothing runs. */
  readonly gap?: number;
}

/** The configuration of {@link takeHandoverFrom}: the IPv4 prefix alone. */
export function onePrefix(changes: Partial<AgentConfig> = {}): AgentConfig {
  return siteConfig({ prefixes: siteConfig().prefixes.slice(0, 1), ...changes });
}

/** Starts an agent; after another one on the same host, which ends by SIGTERM or dies. */
export function takeHandoverFrom(before: AgentUnderTest | undefined, takeover: Takeover = {}): AgentUnderTest {
  const { died = false, config = onePrefix(), gap = 0 } = takeover;
  let handover: Handover | undefined;
  const saved = before?.around.store.saved;
  if (before !== undefined && died) {
    before.agent.stop();
    before.around.store.saved = saved!;
  } else handover = before?.agent.handOver();
  const clock = before?.clock ?? new FakeClock();
  clock.freeze(gap);
  const moments = before?.around.moments ?? [];
  const shared = before === undefined ? {} : { announcer: before.around.announcer, store: before.around.store };
  const host: { does: Behavior } = { does: before?.does ?? "answers" };
  const around = surroundings(clock, () => behaving("service", () => host.does), {
    ...shared,
    handover,
    tell: (event) => {
      if (event.event === "transition") moments.push({ at: clock.now(), event });
    },
  });
  const agent = new SiteAgent(config, around);
  return {
    agent,
    clock,
    around: { ...around, moments },
    get does() {
      return host.does;
    },
    set does(behavior) {
      host.does = behavior;
    },
    announced: () => around.announcer.announced().map((marker) => marker.split(" ")[1] ?? ""),
  };
}
