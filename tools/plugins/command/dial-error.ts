import type { ClientErrorExtensions } from "ssh2";
import type { Endpoint } from "./connection.ts";

/** How the official plugin's libraries word a TCP connection that was not made. */
const tcpReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  ECONNRESET: "read: connection reset by peer",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "connect: connection timed out",
};

/** How the official plugin's libraries word a handshake that failed, by the words of `ssh2`. */
const handshakeReasons: readonly (readonly [RegExp, string])[] = [
  [/^Host denied/, "ssh: host key mismatch"],
  [/no matching host key format/, "ssh: no common algorithm for host key"],
  [
    /^All configured authentication methods failed/,
    "ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain",
  ],
  [/^Connection lost before handshake/, "EOF"],
];

/** Says in the official plugin's words why `ssh2` did not connect to `endpoint`: of a handshake that failed, not with whom. */
export function explainDialError(error: Error & ClientErrorExtensions & { code?: string }, endpoint: Endpoint): Error {
  const server = `${endpoint.host}:${endpoint.port}`;
  const options = { cause: error };
  if (error.level === "client-socket") {
    return new Error(`dial tcp ${server}: ${tcpReasons[error.code ?? ""] ?? error.message}`, options);
  }
  const known = handshakeReasons.find(([pattern]) => pattern.test(error.message));
  return new Error(`ssh: handshake failed: ${known?.[1] ?? error.message}`, options);
}
