import { once } from "node:events";
import type { Socket } from "node:net";
import type { AgentCheck } from "../../model/agent-config.ts";
import { endpoint, type Check } from "./check.ts";
import { openConnection } from "./connection.ts";
import { quoted } from "./words.ts";

/** Healthy when a TCP connection can be opened, and what the server sends first begins with the banner, if there is one. */
export function tcpCheck({ address, port, banner }: Extract<AgentCheck, { kind: "tcp" }>): Check {
  return {
    label: `tcp ${endpoint(address, port)}`,
    async probe(signal) {
      const socket = openConnection(address, port, signal);
      // Told by who waits; what comes when nobody does any more concerns nobody.
      socket.on("error", () => {});
      try {
        await once(socket, "connect", { signal });
        if (banner !== undefined) await expectFirst(socket, Buffer.from(banner, "latin1"));
      } finally {
        socket.destroy();
      }
    },
  };
}

async function expectFirst(socket: Socket, banner: Buffer): Promise<void> {
  let received = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk]);
    const length = Math.min(received.length, banner.length);
    if (!received.subarray(0, length).equals(banner.subarray(0, length)))
      throw new Error(
        `the server began with ${quoted(received.toString("latin1"))}, not ${quoted(banner.toString("latin1"))}`,
      );
    if (length === banner.length) return;
  }
  throw new Error(`the connection was closed before the banner ${quoted(banner.toString("latin1"))}`);
}
