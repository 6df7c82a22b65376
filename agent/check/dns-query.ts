import { randomInt } from "node:crypto";
import { connect } from "node:net";
import * as dns from "dns-packet";
import type { CheckedRecord } from "./dns-data.ts";
import { exchange } from "./exchange.ts";

/** The types of dns-packet leave the reply's code out. */
export type DnsReply = dns.DecodedPacket & { readonly rcode: string };

/** One question to one server. */
export interface DnsQuestion {
  readonly address: string;
  readonly port: number;
  readonly transport: "udp" | "tcp";
  readonly name: string;
  readonly type: CheckedRecord["type"];
  /** Header bits, as `dns.RECURSION_DESIRED`. */
  readonly flags: number;
}

/**
 * Asks a server (RFC 1035). An answer to another query is passed over.
 *
 * @throws Error when what comes is no DNS message, or nothing can come
 */
export function askDns({ name, type, flags, ...server }: DnsQuestion, signal: AbortSignal): Promise<DnsReply> {
  const query: dns.Packet = {
    type: "query",
    id: randomInt(65536),
    flags,
    questions: [{ name, type, class: "IN" }],
  };
  if (server.transport === "tcp") return askByTcp(server, query, signal);
  return exchange(server, dns.encode(query), (datagram) => replyTo(query, datagram), signal);
}

/** The records of the asked name and type in the answer. */
export function wantedRecords<Type extends CheckedRecord["type"]>(
  reply: DnsReply,
  { name, type }: { readonly name: string; readonly type: Type },
): Extract<CheckedRecord, { type: Type }>[] {
  const isWanted = (record: dns.Answer): record is Extract<CheckedRecord, { type: Type }> =>
    record.type === type && sameName(record.name, name);
  return (reply.answers ?? []).filter(isWanted);
}

/** The serial of the zone's SOA record in the answer, if there is one. */
export function serialOf(reply: DnsReply, name: string): number | undefined {
  return wantedRecords(reply, { name, type: "SOA" })[0]?.data.serial;
}

/** Two octets of length go before each message on a stream (RFC 1035, 4.2.2). */
async function askByTcp(
  { address, port }: { readonly address: string; readonly port: number },
  query: dns.Packet,
  signal: AbortSignal,
): Promise<DnsReply> {
  const socket = connect({ host: address, port, signal });
  try {
    socket.write(dns.streamEncode(query));
    let received = Buffer.alloc(0);
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        const reply = replyTo(query, received.subarray(2, end));
        if (reply !== undefined) return reply;
        received = received.subarray(end);
      }
    }
    throw new Error("the connection was closed without an answer");
  } finally {
    socket.destroy();
  }
}

function replyTo(query: dns.Packet, message: Buffer): DnsReply | undefined {
  const reply = decode(message);
  return reply.id === query.id && reply.type === "response" ? reply : undefined;
}

function decode(message: Buffer): DnsReply {
  try {
    return dns.decode(message) as DnsReply;
  } catch {
    throw new Error("the answer is no DNS message");
  }
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
