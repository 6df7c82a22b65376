import type { AgentConfig } from "../../model/agent-config.ts";

/** A prefix as the agent's configuration describes it. */
export type AnnouncedPrefix = AgentConfig["prefixes"][number];

/**
 * Brings prefixes into the routing. Whatever was announced ends by itself about 3 s after the last call of
 * {@link Announcer.announce}, so that an agent that hangs or dies announces nothing.
 */
export interface Announcer {
  /** Announces a prefix, or keeps it announced: to be called at least every second. Changing the state leaves no gap. */
  announce(prefix: AnnouncedPrefix, state: "full" | "drained"): void;
  /** Withdraws a prefix at once. Costs nothing when it is withdrawn already. */
  withdraw(prefix: AnnouncedPrefix): void;
  /** Ends the announcer's work; it withdraws nothing. */
  close(): void;
}
