import { hasCode, messageOf } from "../error.ts";

/** What the kernel's codes mean to who looks after a service. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "no route to the network",
  ETIMEDOUT: "no answer",
  EADDRNOTAVAIL: "the address to ask with is gone",
  EPROTO: "the server does not speak TLS",
  ERR_SSL_WRONG_VERSION_NUMBER: "the server does not speak TLS",
  EMFILE: "the agent has too many open files",
};

/** Why a probe failed, in words and with the kernel's code, as in `connection refused (ECONNREFUSED)`. */
export function inWords(thrown: unknown): string {
  const known = Object.entries(WORDS).find(([code]) => hasCode(thrown, code));
  return known === undefined ? messageOf(thrown) : `${known[1]} (${known[0]})`;
}

/** Whether the kernel said that nobody listens. */
export function isRefusal(thrown: unknown): boolean {
  return hasCode(thrown, "ECONNREFUSED");
}

/** How much of what a server said is shown, in characters. */
const SHOWN = 60;

/** What a server said, in quotes, on one line and not too long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}
