import type { PrefixState } from "../model/agent-config.ts";

/** What happens in the agent: logged (all but `probe`), kept as history, and counted as metrics. Times are in milliseconds. */
export type AgentEvent =
  /** A prefix changed its state. `lasted`: how long the old state was. */
  | {
      readonly event: "transition";
      readonly prefix: string;
      readonly from: PrefixState | "unknown";
      readonly to: PrefixState;
      readonly cause: string;
      readonly lasted: number;
    }
  /** A check changed its verdict. */
  | {
      readonly event: "verdict";
      readonly service: string;
      readonly check: string;
      readonly from: string;
      readonly to: string;
      readonly cause: string;
    }
  /** One probe ended. */
  | {
      readonly event: "probe";
      readonly service: string;
      readonly check: string;
      readonly ok: boolean;
      readonly took: number;
    }
  /** Something is not as it is meant, from now on; told once until `cleared`. */
  | { readonly event: "alarm"; readonly about: string; readonly problem: string }
  | { readonly event: "cleared"; readonly about: string }
  /** An operator, or an apply, asked for something. */
  | { readonly event: "command"; readonly command: string; readonly reason: string }
  /** The agent itself: it started, reloaded, refused a configuration, stops. */
  | { readonly event: "agent"; readonly text: string };

/** Is told every event. */
export type Tell = (event: AgentEvent) => void;
