import { setMaxListeners } from "node:events";
import { VultrApi, type VultrApiOptions } from "../../clients/vultr/api.ts";
import { cancelled, VultrError } from "../../clients/vultr/error.ts";
import { checkInputs, stateOf, type Failure } from "./check.ts";
import { DeferredWork } from "./deferred-work.ts";
import { differences, type Difference } from "./diff.ts";
import { Unfinished, type Context, type Properties, type ResourceType } from "./resource.ts";
import { OwnAccount } from "./own-account.ts";
import { ShownState } from "./shown-state.ts";
import { resourceTypeOf } from "./types.ts";
import { plain, UNKNOWN, type WireObject } from "./wire.ts";

/** Who reads a message and for how long: a status is shown while it is the latest, a warning stays. */
export type Severity = "status" | "warning";

/** Shows a message beside a resource. */
export type Log = (urn: string, severity: Severity, message: string) => void;

/** A resource that is made but not finished; the engine keeps it, and the next update goes on. */
export class InitFailed extends Error {
  readonly id: string;
  readonly state: WireObject;

  constructor(message: string, id: string, state: WireObject) {
    super(message);
    this.id = id;
    this.state = state;
  }
}

/** What the provider is configured with. */
export interface ProviderOptions extends VultrApiOptions {
  /** The stack of which everything at Vultr was deleted by hand. */
  readonly allGone?: string | undefined;
}

/** The provider of the package `anycast-vultr`, apart from how the engine speaks to it. Its errors are sentences for the user. */
export class VultrProvider {
  readonly #log: Log;
  readonly #cancelled = new AbortController();
  readonly #deferred = new DeferredWork();
  #shown = new ShownState();
  #account: OwnAccount;
  #api: VultrApi;

  /** @param options where the API is, until {@link configure} */
  constructor(log: Log, options: ProviderOptions) {
    this.#log = log;
    // As many operations as the engine starts at once wait for it.
    setMaxListeners(0, this.#cancelled.signal);
    this.#api = new VultrApi(options);
    this.#account = new OwnAccount(options.allGone);
  }

  /** Begins a run. */
  configure(options: ProviderOptions): void {
    this.#api = new VultrApi(options);
    this.#account = new OwnAccount(options.allGone);
    this.#shown = new ShownState();
  }

  check(urn: string, news: WireObject): { readonly inputs: WireObject; readonly failures: readonly Failure[] } {
    return checkInputs(resourceTypeOf(urn), news);
  }

  diff(id: string, urn: string, oldInputs: WireObject, state: WireObject, news: WireObject): Difference[] {
    this.#shown.show(id, plain(state) as Properties);
    const found = differences(resourceTypeOf(urn), oldInputs, state, news);
    if (found.some(({ replaces }) => replaces)) this.#shown.leave(urn);
    else this.#shown.stay(urn, id);
    return found;
  }

  /** In a preview, all that Vultr says is unknown, and nothing is asked. */
  async create(
    urn: string,
    inputs: WireObject,
    { preview = false, timeoutS = 0 } = {},
  ): Promise<{ id: string; state: WireObject }> {
    const type = resourceTypeOf(urn);
    const facts = Object.fromEntries(Object.keys(type.outputs).map((name) => [name, UNKNOWN]));
    if (preview) return { id: "", state: stateOf(type, inputs, facts) };
    this.#shown.leave(urn);
    return this.#run(urn, inputs, timeoutS, async (context) => {
      const made = await type.create(plain(inputs) as Properties, context);
      this.#shown.showNew(made.id);
      return { id: made.id, state: stateOf(type, inputs, made.facts) };
    });
  }

  /** `undefined` when it is gone. */
  async read(
    id: string,
    urn: string,
    inputs: WireObject,
    state: WireObject,
    { timeoutS = 0 } = {},
  ): Promise<{ inputs: WireObject; state: WireObject } | undefined> {
    this.#shown.show(id, plain(state) as Properties);
    const type = resourceTypeOf(urn);
    return this.#run(urn, inputs, timeoutS, async (context) => {
      const found = await type.read(id, plain(inputs) as Properties, plain(state) as Properties, context);
      if (found === undefined) {
        // What is imported is not in the state yet.
        if (Object.keys(state).length > 0) await context.confirmGone();
        return undefined;
      }
      const live = found.inputs as Properties;
      return { inputs: stateOf(type, live, {}), state: stateOf(type, live, found.facts) };
    });
  }

  async update(
    id: string,
    urn: string,
    state: WireObject,
    news: WireObject,
    { preview = false, timeoutS = 0 } = {},
  ): Promise<WireObject> {
    this.#shown.show(id, plain(state) as Properties);
    const type = resourceTypeOf(urn);
    if (preview) return stateOf(type, news, factsOf(type, state));
    return this.#run(urn, news, timeoutS, async (context) => {
      const facts = await type.update(id, plain(state) as Properties, plain(news) as Properties, context);
      return stateOf(type, news, facts);
    });
  }

  async delete(id: string, urn: string, state: WireObject, { timeoutS = 0 } = {}): Promise<void> {
    this.#shown.show(id, plain(state) as Properties);
    const type = resourceTypeOf(urn);
    if (this.#shown.stays(urn, id)) return;
    await this.#run(urn, state, timeoutS, (context) => type.delete(id, plain(state) as Properties, context));
  }

  /** Ends what is going on: waits are over at once, and what was made is kept. */
  cancel(): void {
    this.#cancelled.abort();
  }

  /** Does what was put off until the engine has written its state, and ends all else: the engine ends in order. */
  async finish(): Promise<void> {
    const finished = this.#deferred.finishAll();
    this.cancel();
    await finished;
  }

  async #run<T>(
    urn: string,
    inputs: WireObject,
    timeoutS: number,
    operation: (context: Context) => Promise<T>,
  ): Promise<T> {
    const type = resourceTypeOf(urn);
    try {
      this.#api.requireKey();
      return await operation(this.#context(urn, timeoutS));
    } catch (error) {
      const message = this.#explain(type, inputs, error);
      if (error instanceof Unfinished) throw new InitFailed(message, error.id, stateOf(type, inputs, error.facts));
      throw new Error(message, { cause: error });
    }
  }

  #explain(type: ResourceType, inputs: WireObject, error: unknown): string {
    const cause = error instanceof Unfinished ? error.cause : error;
    const isOurs = cause instanceof VultrError;
    const { reason, remedy } = !isOurs && this.#cancelled.signal.aborted ? cancelled(false) : (cause as VultrError);
    const subject = type.subject(plain(inputs) as Properties);
    return reason === undefined ? `${subject}: ${(cause as Error).message}` : `${subject}: ${reason}. ${remedy}.`;
  }

  #context(urn: string, timeoutS: number): Context {
    const context: Context = {
      api: this.#api,
      signal: this.#cancelled.signal,
      timeoutMs: timeoutS > 0 ? timeoutS * 1000 : undefined,
      status: (message) => this.#log(urn, "status", message),
      warn: (message) => this.#log(urn, "warning", message),
      state: {
        hasId: (id) => this.#shown.hasId(id),
        isNew: (id) => this.#shown.isNew(id),
        claim: (id) => this.#shown.stay(urn, id),
      },
      deferred: this.#deferred,
      confirmGone: () => this.#account.confirmGone(urn, context),
    };
    return context;
  }
}

/** What of a state is not an input. */
function factsOf(type: ResourceType, state: WireObject): Properties {
  return Object.fromEntries(Object.entries(state).filter(([name]) => name in type.outputs));
}
