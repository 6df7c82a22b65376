import type { AgentCheck } from "../../model/agent-config.ts";
import { endpoint, type Check } from "./check.ts";
import { DatagramClient } from "./datagram-client.ts";
import { quoted } from "./words.ts";

/** Healthy when the answer to a datagram contains what is expected. */
export function udpCheck({ address, port, send, expect }: Extract<AgentCheck, { kind: "udp" }>): Check {
  const server = new DatagramClient({ address, port });
  const request = Buffer.from(send, "latin1");
  return {
    label: `udp ${endpoint(address, port)}`,
    async probe(signal) {
      await server.ask(request, (datagram) => expected(datagram.toString("latin1"), expect), signal);
    },
    close: () => server.close(),
  };
}

function expected(answer: string, expect: string): string {
  if (answer.includes(expect)) return answer;
  throw new Error(`the answer is ${quoted(answer)}, without ${quoted(expect)}`);
}
