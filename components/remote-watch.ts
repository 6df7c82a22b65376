import * as pulumi from "@pulumi/pulumi";

/** How long (ms) a host may be silent before the run says that it waits for it, and how often it says so from then on. */
const SILENCE_MS = 20_000;

/** How long (s) the `command` plugin takes to notice a broken connection: nine keepalive probes of TCP, 15 s apart (Go's default). */
const BROKEN_AFTER_S = 150;

/** How many of the commands that had not finished are named. */
const MOST = 20;

/** A command that the engine runs on a host. */
export interface RemoteWork {
  readonly site: string;
  /** What is done, as in `apply`. */
  readonly work: string;
  /** How long it takes at most, as in `It takes at most 30 min`. */
  readonly limit: string;
  /** The address of the host's SSH server. */
  readonly address: pulumi.Output<string>;
  /** All known when the command can start: what it is made from, and the URNs of what it depends on. */
  readonly after: readonly pulumi.Input<unknown>[];
  /** The component that messages are shown at. Never the command's own resource: a message waits for the URN of what it is shown at. */
  readonly shownAt: pulumi.Resource | undefined;
}

/**
 * Says which site an update waits for while a command on its host does not answer, and names site and address of what had not finished when
 * the update breaks off: the `command` plugin's own words name neither. A preview waits for nobody and costs nothing.
 */
export class RemoteWatch {
  /** Whom the update waits for now, as messages begin. */
  private readonly waiting = new Map<string, string>();

  constructor() {
    // Without an engine, as in a program's own unit tests, nothing breaks off.
    if (pulumi.runtime.isDryRun() || !pulumi.runtime.hasEngine()) return;
    // The engine interrupts the program when something has failed, and does not tell it what.
    process.once("SIGINT", () => {
      this.breakOff();
      if (process.listenerCount("SIGINT") === 0) process.exit(130);
    });
    process.once("exit", () => this.breakOff());
  }

  /** Watches the command that a resource is. */
  over(name: string, resource: pulumi.Resource, work: RemoteWork): void {
    if (pulumi.runtime.isDryRun()) return;
    pulumi.all([work.address, pulumi.all([...work.after])]).apply(([address]) => this.started(name, address, work));
    resource.urn.apply(() => this.ended(name));
  }

  /** @internal The engine may start the command. */
  started(name: string, address: string, { site, work, limit, shownAt }: Omit<RemoteWork, "address" | "after">): void {
    const what = `Site '${site}' (${address}): ${work}`;
    this.waiting.set(name, what);
    let silences = 0;
    const timer = setInterval(() => {
      if (!this.waiting.has(name)) return clearInterval(timer);
      silences += 1;
      const message = `${what} has not answered for ${(silences * SILENCE_MS) / 1000} s. ${limit}; a broken connection is noticed after ${BROKEN_AFTER_S} s.`;
      // The first time for the log, from then on for whoever looks at the display.
      void pulumi.log.info(message, shownAt, undefined, silences > 1);
    }, SILENCE_MS);
    // Only the engine keeps a program alive.
    timer.unref();
  }

  /** @internal The command has answered. */
  ended(name: string): void {
    this.waiting.delete(name);
  }

  private breakOff(): void {
    process.stderr.write(this.unfinished());
    this.waiting.clear();
  }

  /** @internal What to say when the program ends and something had not finished; empty when all had. */
  unfinished(): string {
    if (this.waiting.size === 0) return "";
    const all = [...this.waiting.values()];
    const more = all.length > MOST ? [`and ${all.length - MOST} more`] : [];
    return (
      `The update broke off before these had finished:\n  ${[...all.slice(0, MOST), ...more].join("\n  ")}\n` +
      "Pulumi shows the cause at the resource that failed. What had begun on the other hosts goes on there to its end, or is undone.\n"
    );
  }
}
