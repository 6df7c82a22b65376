import { createSocket } from "node:dgram";

/**
 * Sends one datagram and waits for the one that is its answer. Datagrams of other senders never get here.
 *
 * @param accept what a datagram says; undefined when it is no answer to this request; throws when it is a wrong one
 * @throws what the kernel reports, as when the port is closed; the signal's reason when it fires
 */
export function exchange<Answer>(
  { address, port }: { readonly address: string; readonly port: number },
  request: Uint8Array,
  accept: (datagram: Buffer) => Answer | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  const answer = new Promise<Answer>((resolve, reject) => {
    signal.throwIfAborted();
    const giveUp = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", giveUp, { once: true });
    socket.on("close", () => signal.removeEventListener("abort", giveUp));
    socket.on("error", reject);
    socket.on("message", (datagram) => {
      try {
        const accepted = accept(datagram);
        if (accepted !== undefined) resolve(accepted);
      } catch (error) {
        reject(error);
      }
    });
    socket.once("connect", () => socket.send(request));
    socket.connect(port, address);
  });
  return answer.finally(() => socket.close());
}
