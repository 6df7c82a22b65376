import { parseArgs } from "node:util";
import { operatorDuration } from "../../model/duration.ts";
import { AgentError, messageOf } from "../error.ts";
import { AgentClient } from "./client.ts";
import type { Request } from "./protocol.ts";

/** What operators order, by name; each with its arguments. */
export const ORDERS = {
  drain: "drain --reason TEXT [--for DURATION] [--never-full] [--by WHO]",
  undrain: "undrain [--by WHO]",
  withdraw: "withdraw --reason TEXT [--for DURATION] [--by WHO]",
  announce: "announce [--by WHO]",
  freeze: "freeze --reason TEXT",
  thaw: "thaw",
  reset: "reset",
  "allow-below-floor": "allow-below-floor PREFIX --reason TEXT [--by WHO]",
} as const;

export type OrderName = keyof typeof ORDERS;

export function isOrder(name: string): name is OrderName {
  return Object.hasOwn(ORDERS, name);
}

/** What an order means for the routes, as its command prints it. */
const MEANING: Readonly<Record<OrderName, string>> = {
  drain:
    "drained: the site announces as the last choice; it withdraws nothing, and carries traffic that has nowhere else to go",
  undrain: "no longer drained by hand",
  withdraw: "withdrawn: the site announces nothing, also after a restart, until 'anycast-agent announce'",
  announce: "no longer withdrawn by hand: the site announces while its services are healthy",
  freeze:
    "frozen: the routes stay exactly as they are, also when services fail, and after a crash or a reboot once the checks succeed, until 'anycast-agent thaw'; only an apply still withdraws",
  thaw: "no longer frozen: the checks decide again",
  reset: "the withdrawals so far are forgotten: announcing again is not put off",
  "allow-below-floor":
    "permitted: within 15 minutes, the next apply, drain or retire here that needs it may take the prefix below the floor",
};

/**
 * Has the running agent carry out an order. Returns what that means, for the operator.
 *
 * @throws AgentError when the arguments are wrong, or no agent runs
 */
export async function giveOrder(name: OrderName, args: readonly string[]): Promise<string> {
  const request = requestOf(name, args, process.env["SUDO_USER"] ?? process.env["USER"] ?? null);
  const agent = await AgentClient.connect();
  await agent.order(request).finally(() => agent.close());
  return MEANING[name];
}

/**
 * The request that the arguments of an order describe.
 *
 * @param by who orders, if that is known, unless the arguments say so
 * @throws AgentError with the usage when they are wrong
 */
export function requestOf(
  name: OrderName,
  args: readonly string[],
  by: string | null,
): Extract<Request, { command: OrderName }> {
  switch (name) {
    case "drain": {
      const neverFull = args.includes(NEVER_FULL) ? ({ neverFull: true } as const) : {};
      const valued = args.filter((arg) => arg !== NEVER_FULL);
      const given = flags(name, valued, ["reason", "for", "by"]);
      const lasts = lastsIn(given["for"]);
      return { command: name, reason: reasonIn(name, given), by: given["by"] ?? by, lasts, ...neverFull };
    }
    case "freeze":
      return { command: name, reason: reasonIn(name, flags(name, args, ["reason"])), by };
    case "withdraw": {
      const given = flags(name, args, ["reason", "for", "by"]);
      return { command: name, reason: reasonIn(name, given), by: given["by"] ?? by, lasts: lastsIn(given["for"]) };
    }
    case "undrain":
    case "announce":
      return { command: name, reason: "by hand", by: flags(name, args, ["by"])["by"] ?? by };
    case "allow-below-floor": {
      const [prefix = "", ...rest] = args;
      if (prefix === "" || prefix.startsWith("-")) throw new AgentError(`name the prefix first\n${usage(name)}`);
      const given = flags(name, rest, ["reason", "by"]);
      return { command: name, prefix, reason: reasonIn(name, given), by: given["by"] ?? by };
    }
    case "thaw":
    case "reset":
      flags(name, args, []);
      return { command: name, reason: "by hand", by };
  }
}

/** A drained site takes over from nobody. */
const NEVER_FULL = "--never-full";

type Flags = Readonly<Record<string, string | undefined>>;

function flags(name: OrderName, args: readonly string[], names: readonly string[]): Flags {
  try {
    const options = Object.fromEntries(names.map((one) => [one, { type: "string" } as const]));
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new AgentError(`${messageOf(error)}\n${usage(name)}`);
  }
}

function reasonIn(name: OrderName, { reason }: Flags): string {
  if (reason === undefined || reason.trim() === "")
    throw new AgentError(`--reason is required: it is shown to other operators\n${usage(name)}`);
  return reason.trim();
}

function lastsIn(text: string | undefined): number | null {
  if (text === undefined) return null;
  const parsed = operatorDuration.safeParse(text);
  if (!parsed.success) throw new AgentError(`--for: ${parsed.error.issues[0]?.message ?? "no duration"}`);
  return parsed.data;
}

function usage(name: OrderName): string {
  return `Usage: anycast-agent ${ORDERS[name]}`;
}
