import type { Socket } from "node:net";

/** How long (ms) Go's `net` waits before it probes a connection that is silent, and between two probes. */
const INTERVAL_MS = 15_000;

/** How many probes without an answer end the connection. */
const PROBES = 9;

/** How long (ms) the kernel is asked to send one probe; it would send the next after a second. */
const ONE_PROBE_MS = 500;

/**
 * Probes a TCP connection as a program in Go does, and as the official plugin thus does: a link that is cut is noticed 135 to 150 s later, a
 * host that has rebooted within 15 s, and one whose server hangs never, as its kernel answers. Node can set only when the probes begin,
 * and then sends ten, a second apart: so it is asked for one at a time, and in the end for the last.
 */
export function keepAlive(socket: Socket): void {
  const rest = INTERVAL_MS * (PROBES + 1) - 1000;
  socket.setKeepAlive(true, rest);
  const timer = setInterval(() => {
    socket.setKeepAlive(true, 1000);
    setTimeout(() => socket.setKeepAlive(true, rest), ONE_PROBE_MS).unref();
  }, INTERVAL_MS);
  timer.unref();
  socket.once("close", () => clearInterval(timer));
}
