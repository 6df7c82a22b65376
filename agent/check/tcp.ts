import { once } from "node:events";
import { connect } from "node:net";
import type { AgentCheck } from "../../model/agent-config.ts";
import { endpoint, type Check } from "./check.ts";

/** Healthy when a TCP connection can be opened. */
export function tcpCheck({ address, port }: Extract<AgentCheck, { kind: "tcp" }>): Check {
  return {
    label: `tcp ${endpoint(address, port)}`,
    async probe(signal) {
      const socket = connect({ host: address, port });
      try {
        await once(socket, "connect", { signal });
      } finally {
        socket.destroy();
      }
    },
  };
}
