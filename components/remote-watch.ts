import * as pulumi from "@pulumi/pulumi";
import { hostOf, remoteError, type Where } from "./remote-error.ts";

/** How long (ms) a host may be silent before the run says that it waits for it, and how often it says so from then on. */
const SILENCE_MS = 20_000;

/** How long (s) the `command` plugin takes to notice a broken connection: nine keepalive probes of TCP, 15 s apart (Go's default). */
const BROKEN_AFTER_S = 150;

/** A command that the engine runs on a host. */
export interface RemoteWork {
  readonly site: string;
  /** What is done, as in `apply`. */
  readonly work: string;
  /** How long it takes at most, as in `Its limit is 30 min`. */
  readonly limit: string;
  /** The address of the host's SSH server. */
  readonly address: pulumi.Output<string>;
  /** The component that messages are shown at. Never the command's own resource: a message waits for the URN of what it is shown at. */
  readonly shownAt: pulumi.Resource | undefined;
}

/** A command that is watched. */
interface Watched {
  readonly work: RemoteWork;
  /** Its host's address once that is known. */
  address: string | undefined;
}

/**
 * Says which site an update waits for while a command on its host does not answer, and puts site and address in front of the plugin's own
 * words when it fails. The engine calls when it starts a command (resource hooks): what waits for its turn is not silent, and what does
 * not change costs nothing. A preview registers no hook.
 */
export class RemoteWatch {
  private readonly works = new Map<string, Watched>();
  private readonly silences = new Map<string, NodeJS.Timeout>();
  private readonly hooks: { readonly started: pulumi.ResourceHook; readonly failed: pulumi.ErrorHook } | undefined;

  /** @param name of the network: names of hooks are unique in a program */
  constructor(name: string) {
    // Without an engine, as in a program's own unit tests, nobody calls hooks.
    if (pulumi.runtime.isDryRun() || !pulumi.runtime.hasEngine()) return;
    const started = ({ name: resource }: { name: string }): void => this.started(resource);
    this.hooks = {
      started: new pulumi.ResourceHook(`${name}-waits`, started, { ignoreErrors: true }),
      failed: new pulumi.ErrorHook(`${name}-failed`, async ({ name: resource, errors }) => {
        await this.failed(resource, errors[0] ?? "");
        return false;
      }),
    };
  }

  /**
   * Makes the resource of a command, and watches it.
   *
   * @param name of the resource
   * @param make is given what to add to the resource's options
   */
  over<Made extends pulumi.Resource>(
    name: string,
    work: RemoteWork,
    make: (options: Pick<pulumi.ResourceOptions, "hooks">) => Made,
  ): Made {
    if (this.hooks === undefined) return make({});
    const { started, failed } = this.hooks;
    this.watch(name, work);
    const made = make({ hooks: { beforeCreate: [started], beforeUpdate: [started], onError: [failed] } });
    made.urn.apply(() => this.ended(name));
    return made;
  }

  /** @internal Takes a command into the books. */
  watch(name: string, work: RemoteWork): void {
    const watched: Watched = { work, address: undefined };
    work.address.apply((address) => (watched.address = address));
    this.works.set(name, watched);
  }

  /** @internal The engine starts the command. */
  started(name: string): void {
    const watched = this.works.get(name);
    if (watched === undefined) return;
    this.ended(name);
    let silences = 0;
    const silence = setInterval(() => {
      silences += 1;
      // The first time for the log, from then on for whoever looks at the display.
      void pulumi.log.info(waits(watched, silences * SILENCE_MS), watched.work.shownAt, undefined, silences > 1);
    }, SILENCE_MS);
    // Only the engine keeps a program alive.
    silence.unref();
    this.silences.set(name, silence);
  }

  /** @internal The command has answered. */
  ended(name: string): void {
    clearInterval(this.silences.get(name));
    this.silences.delete(name);
  }

  /** @internal The command has failed. */
  async failed(name: string, failure: string): Promise<void> {
    this.ended(name);
    const watched = this.works.get(name);
    if (watched !== undefined) await pulumi.log.error(remoteError(where(watched), failure), watched.work.shownAt);
  }
}

function where({ work: { site, work }, address }: Watched): Where {
  return { site, address, work };
}

function waits(watched: Watched, silenceMs: number): string {
  const { work, limit } = watched.work;
  return (
    `${hostOf(where(watched))}: no answer from ${work} for ${silenceMs / 1000} s. ` +
    `${limit}; a broken connection is noticed after ${BROKEN_AFTER_S} s.`
  );
}
