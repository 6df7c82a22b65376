import { randomBytes } from "node:crypto";
import type { AgentCheck } from "../../model/agent-config.ts";
import { endpoint, type Check } from "./check.ts";
import { DatagramClient } from "./datagram-client.ts";

/** Seconds from 1900, where NTP's era 0 begins, to 1970. */
const EPOCH = 2_208_988_800;
const LENGTH = 48;
/** Leap indicator 0, version 4, mode 3: a client. */
const CLIENT = 0x23;
const SERVER_MODE = 4;
const UNSYNCHRONIZED = 3;

/** Healthy when the server says that it is synchronized (RFC 5905), at a good stratum, and its clock is near the host's. */
export function ntpCheck({ address, port, stratum, offset }: Extract<AgentCheck, { kind: "ntp" }>): Check {
  const server = new DatagramClient({ address, port });
  return {
    label: `ntp ${endpoint(address, port)}${offset === undefined ? "" : " offset"}`,
    async probe(signal) {
      const request = Buffer.alloc(LENGTH);
      request[0] = CLIENT;
      // A random number in the place of the time: whoever does not see the request cannot answer it.
      randomBytes(8).copy(request, 40);
      const sent = Date.now();
      const reply = await server.ask(request, (datagram) => replyTo(request, datagram), signal);
      judge(reply, stratum);
      const distance = offsetOf(reply, sent, Date.now());
      if (offset !== undefined && Math.abs(distance) > offset)
        throw new Error(
          `the clock is ${Math.round(Math.abs(distance))} ms ${distance > 0 ? "ahead of" : "behind"} the host's, more than ${offset} ms`,
        );
    },
    close: () => server.close(),
  };
}

/** The answer must carry the request's number back. */
function replyTo(request: Buffer, datagram: Buffer): Buffer | undefined {
  if (datagram.length < LENGTH || (datagram.readUInt8(0) & 7) !== SERVER_MODE)
    throw new Error("the answer is no NTP message of a server");
  return datagram.subarray(24, 32).equals(request.subarray(40, 48)) ? datagram : undefined;
}

function judge(reply: Buffer, most: number): void {
  const stratum = reply.readUInt8(1);
  if (stratum === 0) throw new Error(`the server refuses (${reply.toString("latin1", 12, 16).replace(/\0+$/, "")})`);
  if (reply.readUInt8(0) >> 6 === UNSYNCHRONIZED || stratum > 15) throw new Error("the server is not synchronized");
  if (stratum > most) throw new Error(`stratum ${stratum}, more than ${most}`);
}

/** How many milliseconds the server's clock is ahead of the host's. */
function offsetOf(reply: Buffer, sent: number, received: number): number {
  return (timeAt(reply, 32) - sent + (timeAt(reply, 40) - received)) / 2;
}

/** A timestamp as milliseconds since 1970. Those of era 1 begin in 2036: the high bit tells which it is (RFC 5905, 6). */
function timeAt(message: Buffer, position: number): number {
  const seconds = message.readUInt32BE(position);
  const era = seconds < 2 ** 31 ? 2 ** 32 : 0;
  return (seconds + era - EPOCH) * 1000 + (message.readUInt32BE(position + 4) / 2 ** 32) * 1000;
}
