import { z } from "zod";
import type { AgentReport } from "../status/report.ts";

/** What the agent can be asked on its control socket: one JSON object a line, answered by one a line. */
export const requestSchema = z.discriminatedUnion("command", [
  z.strictObject({ command: z.literal("status") }),
  /** Withdraws everything until `release`, or until the connection ends: a client that dies leaves no site withdrawn. */
  z.strictObject({ command: z.literal("hold"), reason: z.string() }),
  z.strictObject({ command: z.literal("release") }),
  /** Reads the configuration again and goes on with it. */
  z.strictObject({ command: z.literal("reload") }),
]);

export type Request = z.output<typeof requestSchema>;

/** The answer to a request; `report` only to `status`. */
export type Response =
  { readonly ok: true; readonly report?: AgentReport } | { readonly ok: false; readonly error: string };
