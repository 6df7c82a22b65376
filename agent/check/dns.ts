import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import * as dns from "dns-packet";
import type { AgentCheck } from "../../model/agent-config.ts";
import { endpoint, type Check } from "./check.ts";

type DnsCheck = Extract<AgentCheck, { kind: "dns" }>;

/** Healthy when the server answers with authority, NOERROR and at least one record of the asked name and type (RFC 1035). */
export function dnsCheck(check: DnsCheck): Check {
  return {
    label: `dns/${check.transport} ${endpoint(check.address, check.port)} ${check.name} ${check.type}`,
    async probe(signal) {
      const query: dns.Packet = {
        type: "query",
        id: randomInt(65536),
        questions: [{ name: check.name, type: check.type as dns.RecordType, class: "IN" }],
      };
      const ask = check.transport === "udp" ? askByUdp : askByTcp;
      judge(await ask(check, query, signal), check);
    },
  };
}

function judge(reply: dns.DecodedPacket, { name, type }: DnsCheck): void {
  // The types of dns-packet 5.6 leave the reply's code out.
  const { rcode } = reply as dns.DecodedPacket & { rcode: string };
  if (rcode !== "NOERROR") throw new Error(rcode);
  if (!reply.flag_aa) throw new Error("the answer is not authoritative");
  const wanted = reply.answers?.some((answer) => answer.type === type && sameName(answer.name, name)) ?? false;
  if (!wanted) throw new Error(`no ${type} record in the answer`);
}

async function askByUdp(
  { address, port }: DnsCheck,
  query: dns.Packet,
  signal: AbortSignal,
): Promise<dns.DecodedPacket> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  try {
    socket.connect(port, address);
    await once(socket, "connect", { signal });
    socket.send(dns.encode(query));
    for (;;) {
      const [message] = (await once(socket, "message", { signal })) as [Buffer];
      const reply = decode(message);
      if (reply.id === query.id) return reply;
    }
  } finally {
    socket.close();
  }
}

/** Two octets of length go before each message on a stream (RFC 1035, 4.2.2). */
async function askByTcp(
  { address, port }: DnsCheck,
  query: dns.Packet,
  signal: AbortSignal,
): Promise<dns.DecodedPacket> {
  const socket = connect({ host: address, port, signal });
  try {
    socket.write(dns.streamEncode(query));
    let received = Buffer.alloc(0);
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      received = Buffer.concat([received, chunk]);
      if (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) return decode(received.subarray(2));
    }
    throw new Error("the connection was closed without an answer");
  } finally {
    socket.destroy();
  }
}

function decode(message: Buffer): dns.DecodedPacket {
  try {
    return dns.decode(message);
  } catch {
    throw new Error("the answer is no DNS message");
  }
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
