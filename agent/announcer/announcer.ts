import type { AgentConfig } from "../../model/agent-config.ts";

/** Seconds that a marker lives without renewal. The kernel takes up to half a second more. */
export const LIFETIME = 3;

/** Seconds that a marker lives which an agent leaves to the one that follows it at once: a busy host takes long to start that. */
export const HANDED_OVER = 10;

/** A prefix as the agent's configuration describes it. */
export type AnnouncedPrefix = AgentConfig["prefixes"][number];

/**
 * Brings prefixes into the routing. Whatever was announced ends by itself about {@link LIFETIME} after the last call of
 * {@link Announcer.announce}, so that an agent that hangs or dies announces nothing.
 */
export interface Announcer {
  /** Announces a prefix, or keeps it announced: to be called at least every second. Changing the state leaves no gap. */
  announce(prefix: AnnouncedPrefix, state: "full" | "drained"): void;
  /** Withdraws a prefix at once. Costs nothing when it is withdrawn already. */
  withdraw(prefix: AnnouncedPrefix): void;
  /** Ends the announcer's work; what it announces lives on for {@link HANDED_OVER}. */
  close(): void;
}
