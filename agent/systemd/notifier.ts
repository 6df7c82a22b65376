import { spawn } from "node:child_process";
import type { Clock } from "../clock.ts";

/** How often the watchdog is fed within the time that systemd gives. */
const FEEDS = 3;

/** What starts `systemd-notify` with some arguments. */
export type Notify = (...messages: readonly string[]) => void;

/** What systemd tells a service that it watches, by its environment (sd_notify(3), sd_watchdog_enabled(3)). */
export interface NotifyEnvironment {
  readonly NOTIFY_SOCKET?: string | undefined;
  readonly WATCHDOG_USEC?: string | undefined;
}

/**
 * Tells systemd how the agent is doing. Does nothing where systemd does not ask.
 * Each message is a short process: Node has no datagram sockets of the Unix kind.
 */
export class Notifier {
  private readonly clock: Clock;
  private readonly notify: Notify;
  /** Milliseconds between two feeds; undefined without a watchdog. */
  private readonly every: number | undefined;
  private readonly asked: boolean;
  private fedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, environment: NotifyEnvironment = process.env, notify: Notify = systemdNotify) {
    this.clock = clock;
    this.notify = notify;
    this.asked = environment.NOTIFY_SOCKET !== undefined;
    const watchdog = Number(environment.WATCHDOG_USEC ?? 0) / 1000;
    this.every = this.asked && watchdog > 0 ? watchdog / FEEDS : undefined;
  }

  /** The agent runs. */
  ready(): void {
    if (this.asked) this.notify("READY=1");
  }

  /** The loop made progress: to be called each time. Without it for the unit's `WatchdogSec`, systemd kills the agent and starts it again. */
  progress(): void {
    if (this.every === undefined || this.clock.now() - this.fedAt < this.every) return;
    this.fedAt = this.clock.now();
    // Once more that it runs: the first word of it may have been lost.
    this.notify("READY=1", "WATCHDOG=1");
  }
}

/** A message that cannot be sent is one that systemd misses: it acts on that by itself. */
function systemdNotify(...messages: readonly string[]): void {
  spawn("systemd-notify", messages, { stdio: "ignore" }).on("error", () => {});
}
