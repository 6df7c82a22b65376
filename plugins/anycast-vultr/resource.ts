import type { z } from "zod";
import type { VultrApi } from "../../clients/vultr/api.ts";
import type { DeferredWork } from "./deferred-work.ts";

/** Properties without marks of secrecy. */
export type Properties = Readonly<Record<string, unknown>>;

/** What a resource's operation works with. */
export interface Context {
  readonly api: VultrApi;
  /** Aborted when the user or the engine cancels, or the operation takes longer than the program allows. */
  readonly signal: AbortSignal;
  /** Milliseconds that the program allows; `undefined` for the resource's own default. */
  readonly timeoutMs: number | undefined;
  /** Shows what the operation waits for, while it is the latest. */
  readonly status: (message: string) => void;
  /** Shows a warning that stays. */
  readonly warn: (message: string) => void;
  /** What the engine has shown of the state in this run. */
  readonly state: {
    /** Whether a resource with this id is in it. */
    readonly hasId: (id: string) => boolean;
    /** Whether a resource with this id was created in this run. */
    readonly isNew: (id: string) => boolean;
    /** Notes that a create takes up what has this id: a later deletion of the same is none. */
    readonly claim: (id: string) => void;
  };
  /** Confirms that a resource of the state which the account does not have is gone; throws if the account is another one. */
  readonly confirmGone: () => Promise<void>;
  /** What is put off until the engine has written its state. */
  readonly deferred: DeferredWork;
}

/** What a change of an input means. */
type Change =
  /** Another resource. */
  | "replace"
  /** A change in place. */
  | "update"
  /** Nothing: it only counts when the resource is made. */
  | "ignore";

/** One input of a resource. */
export interface Field {
  readonly schema: z.ZodType;
  readonly change: Change;
  /** For the schema: what it is. */
  readonly about: string;
  readonly optional?: true;
  readonly secret?: true;
  /** A text under which equal values are the same; default: their JSON. */
  readonly key?: (value: unknown) => string;
}

/** One thing that the API adds to the inputs. */
export interface OutputField {
  readonly type: "string" | "integer";
  readonly about: string;
  readonly secret?: true;
}

/** A resource as it is at Vultr. */
export interface Found<Inputs> {
  readonly inputs: Inputs;
  /** What is not an input. */
  readonly facts: Properties;
}

/**
 * One type of resource. Inputs and state come and go without marks of secrecy. Errors are VultrErrors, or sentences
 * without the resource's name.
 */
export interface ResourceType<Inputs extends object = Record<string, unknown>> {
  readonly about: string;
  /** The resource in a message, as `server 'ams'`. */
  readonly subject: (inputs: Partial<Inputs>) => string;
  readonly inputs: { readonly [Key in keyof Required<Inputs>]: Field };
  readonly outputs: Readonly<Record<string, OutputField>>;
  /** An output that is not as it should be, which an update mends. */
  readonly wrongOutput?: (state: Properties) => string | undefined;
  readonly create: (inputs: Inputs, context: Context) => Promise<{ id: string; facts: Properties }>;
  /** `known`: the inputs in the state; empty on an import. `undefined` when it is gone. */
  readonly read: (
    id: string,
    known: Partial<Inputs>,
    state: Properties,
    context: Context,
  ) => Promise<Found<Inputs> | undefined>;
  /** Returns what is not an input. */
  readonly update: (id: string, state: Properties, inputs: Inputs, context: Context) => Promise<Properties>;
  /** Done when it is gone; success when it was. */
  readonly delete: (id: string, state: Properties, context: Context) => Promise<void>;
}

/** A resource that is there but not as it should be: the engine keeps its id, and the next update goes on. */
export class Unfinished extends Error {
  readonly id: string;
  readonly facts: Properties;

  constructor(id: string, facts: Properties, cause: Error) {
    super(cause.message, { cause });
    this.id = id;
    this.facts = facts;
  }
}
