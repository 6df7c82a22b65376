import type { AgentReport } from "../status/report.ts";

/** Who asks for something, if that is known, and why. */
export interface Asked {
  readonly reason: string;
  readonly by: string | null;
}

/** What a hold keeps everything as: announced as the last choice, or not at all. */
export type HeldState = "drained" | "withdrawn";

/** What a hold is asked for with. */
export interface HoldTerms {
  /** Whether it may take a prefix below the floor. Default false. */
  readonly force?: boolean;
  /** Whether the site does not come back: then others have to be heard. Default false. */
  readonly goes?: boolean;
  /**
   * Whether the site is drained by its configuration afterwards, and not withdrawn meanwhile: then it is asked for as a drain by hand is.
   * An agent of the release before does not know this, and asks more: that the floor stays without this site. Default false.
   */
  readonly drains?: boolean;
}

/** What the agent can be asked on its control socket: one JSON object a line, answered by one a line. */
export type Request =
  | { readonly command: "status" }
  /**
   * Withdraws everything, or drains it first, until `release`, or until the connection ends: a client that dies leaves no site withdrawn.
   * Refused where it would take a prefix below the floor (safety 1), as its terms say.
   */
  | ({ readonly command: "hold"; readonly reason: string; readonly state: HeldState } & HoldTerms)
  /** Permits the next hold to take a prefix below the floor. */
  | ({ readonly command: "allow-below-floor"; readonly prefix: string } & Asked)
  | { readonly command: "release" }
  /** Reads the configuration again and goes on with it. */
  | { readonly command: "reload" }
  /**
   * Drains the site, for so many milliseconds or until `undrain` (null). Refused where no other site would announce a prefix in full. With
   * `neverFull` it takes over from nobody.
   */
  | ({ readonly command: "drain"; readonly lasts: number | null; readonly neverFull?: true } & Asked)
  /** Withdraws the site, for so many milliseconds or until `announce` (null). Refused as a hold is. */
  | ({ readonly command: "withdraw"; readonly lasts: number | null } & Asked)
  | ({ readonly command: "undrain" | "announce" | "freeze" | "thaw" | "reset" } & Asked);

/** The answer to a request; `report` only to `status`. With `isLasting`, asking again soon does not help. */
export type Response =
  | { readonly ok: true; readonly report?: AgentReport }
  | { readonly ok: false; readonly error: string; readonly isLasting?: true };

/**
 * Reads a request. Checked by hand: a schema library would cost the running agent 6 MiB.
 *
 * @throws Error that says what is wrong in it
 */
export function parseRequest(line: string): Request {
  const request = JSON.parse(line) as Readonly<Record<string, unknown>> | null;
  const command = request?.["command"];
  switch (command) {
    case "status":
    case "release":
    case "reload":
      return { command };
    case "hold":
      return {
        command,
        reason: text(request, "reason"),
        state: request?.["state"] === "drained" ? "drained" : "withdrawn",
        force: request?.["force"] === true,
        goes: request?.["goes"] === true,
        drains: request?.["drains"] === true,
      };
    case "allow-below-floor":
      return { command, prefix: text(request, "prefix"), ...asked(request) };
    case "drain":
      return { command, lasts: lasts(request), ...neverFull(request), ...asked(request) };
    case "withdraw":
      return { command, lasts: lasts(request), ...asked(request) };
    case "undrain":
    case "announce":
    case "freeze":
    case "thaw":
    case "reset":
      return { command, ...asked(request) };
    default:
      throw new Error(`there is no command ${JSON.stringify(command)}`);
  }
}

function asked(request: Readonly<Record<string, unknown>> | null): Asked {
  return { reason: text(request, "reason"), by: request?.["by"] === null ? null : text(request, "by") };
}

function text(request: Readonly<Record<string, unknown>> | null, key: string): string {
  const value = request?.[key];
  if (typeof value !== "string" || value.trim() === "") throw new Error(`'${key}' must be some text`);
  return value;
}

function neverFull(request: Readonly<Record<string, unknown>> | null): { readonly neverFull?: true } {
  return request?.["neverFull"] === true ? { neverFull: true } : {};
}

function lasts(request: Readonly<Record<string, unknown>> | null): number | null {
  const value = request?.["lasts"];
  if (value === null || (typeof value === "number" && value > 0 && Number.isFinite(value))) return value;
  throw new Error("'lasts' must be milliseconds, or null");
}
