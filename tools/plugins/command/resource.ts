import type { Context } from "./context.ts";
import type { WireObject } from "./wire.ts";

/**
 * One type of resource. Inputs and state come without marks of secrecy; what is returned are the outputs alone, the
 * inputs are kept beside them. A thrown error fails the operation and leaves the state as it was.
 */
export interface ResourceType {
  /** What is wrong with the inputs, in words that start with the input's path; only called when all are known. */
  problems: (inputs: WireObject) => string[];
  create: (inputs: WireObject, context: Context) => Promise<WireObject>;
  update: (state: WireObject, inputs: WireObject, context: Context) => Promise<WireObject>;
  /** Nothing is done on deletion if unset. */
  delete?: (state: WireObject, context: Context) => Promise<void>;
}
