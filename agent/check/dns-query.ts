import { randomInt } from "node:crypto";
import * as dns from "dns-packet";
import { openConnection } from "./connection.ts";
import type { CheckedRecord } from "./dns-data.ts";
import { DatagramClient } from "./datagram-client.ts";

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
  /** Whether signatures are asked for (RFC 3225). Default: they are not. */
  readonly signatures?: boolean;
}

/** Asks one server one question, again and again. */
export interface DnsAsker {
  /**
   * Asks (RFC 1035). An answer to another query is passed over. One that is as the last one, apart from its number, is the same object.
   *
   * @throws Error when what comes is no DNS message, or nothing can come
   */
  ask(signal: AbortSignal): Promise<DnsReply>;
  /** Gives back what it keeps from one query to the next. */
  close(): void;
}

/** Asks for signatures, in a message that no network has to cut up. */
const EDNS = {
  type: "OPT",
  name: ".",
  udpPayloadSize: 1232,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: dns.DNSSEC_OK,
  flag_do: true,
  options: [],
} as const satisfies dns.OptAnswer;

/** Who asks a server a question. */
export function dnsAsker({ name, type, flags, signatures = false, transport, ...server }: DnsQuestion): DnsAsker {
  const questions = [{ name, type, class: "IN" as const }];
  const asked = dns.encode({ type: "query", id: 0, flags, questions, ...(signatures ? { additionals: [EDNS] } : {}) });
  const query = (): { readonly id: number; readonly message: Buffer } => {
    const [id, message] = [randomInt(65536), Buffer.from(asked)];
    message.writeUInt16BE(id);
    return { id, message };
  };
  const replies = new Replies();
  if (transport === "tcp") return { ask: (signal) => askByTcp(server, query(), replies, signal), close() {} };
  const client = new DatagramClient(server);
  return {
    async ask(signal) {
      const { id, message } = query();
      return client.ask(message, (datagram) => replies.to(id, datagram), signal);
    },
    close: () => client.close(),
  };
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
  { id, message }: { readonly id: number; readonly message: Buffer },
  replies: Replies,
  signal: AbortSignal,
): Promise<DnsReply> {
  const socket = openConnection(address, port, signal);
  try {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    socket.write(Buffer.concat([length, message]));
    let received = Buffer.alloc(0);
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        const reply = replies.to(id, received.subarray(2, end));
        if (reply !== undefined) return reply;
        received = received.subarray(end);
      }
    }
    throw new Error("the connection was closed without an answer");
  } finally {
    socket.destroy();
  }
}

/** Reads the replies to one question. Mostly they are all the same, and decoding is most of what a query costs. */
class Replies {
  private message = Buffer.alloc(0);
  private reply: DnsReply | undefined;

  /** The reply to the query of a number; undefined when the message is none. */
  to(id: number, message: Buffer): DnsReply | undefined {
    if (this.reply !== undefined && this.isLast(message) && message.readUInt16BE(0) === id) return this.reply;
    const reply = decode(message);
    if (reply.id !== id || reply.type !== "response") return undefined;
    [this.message, this.reply] = [Buffer.from(message), reply];
    return reply;
  }

  /** Whether all is the same after the number, the first two octets. */
  private isLast(message: Buffer): boolean {
    const { length } = this.message;
    return message.length === length && message.compare(this.message, 2, length, 2, length) === 0;
  }
}

function decode(message: Buffer): DnsReply {
  try {
    return dns.decode(message) as DnsReply;
  } catch {
    throw new Error("the answer is no DNS message");
  }
}

/** Whether two names are the same, whatever their letters' case. */
export function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
