import { connect, type Socket } from "node:net";

/** Opens a TCP connection that ends with an error when the signal fires. It leaves nothing at the signal, which is that of many probes, as Node's own option does. */
export function openConnection(address: string, port: number, signal: AbortSignal): Socket {
  const socket = connect({ host: address, port });
  const giveUp = (): void => void socket.destroy(signal.reason as Error);
  signal.addEventListener("abort", giveUp);
  socket.once("close", () => signal.removeEventListener("abort", giveUp));
  if (signal.aborted) giveUp();
  return socket;
}
