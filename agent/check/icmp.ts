import { randomBytes } from "node:crypto";
import type { AgentCheck } from "../../model/agent-config.ts";
import { canonicalAddress } from "../../model/ip.ts";
import type { Check } from "./check.ts";
import { IcmpSocket, type IcmpEvent } from "./icmp-socket.ts";

/** Types of ICMP (RFC 792) and ICMPv6 (RFC 4443). */
const TYPES = {
  4: { request: 8, reply: 0, unreachable: 3, exceeded: 11 },
  6: { request: 128, reply: 129, unreachable: 1, exceeded: 3 },
} as const;

const HEADER = 8;
/** So many random bytes in each request: an answer carries them back, so nobody can guess one. */
const NONCE = 16;

/** Healthy when an echo request is answered. Needs CAP_NET_RAW. */
export function icmpCheck({ address }: Extract<AgentCheck, { kind: "icmp" }>): Check {
  return {
    label: `icmp ${address}`,
    probe: (signal) => echoes.ask(canonicalAddress(address) ?? address, signal),
  };
}

interface Waiting {
  readonly address: string;
  /** Header and nonce as they were sent. */
  readonly request: Buffer;
  readonly end: (problem?: string) => void;
}

/** The echo requests of all checks that wait for an answer. */
class Echoes {
  private readonly waiting = new Set<Waiting>();
  private readonly socket = new IcmpSocket(
    (event) => this.take(event),
    (problem) => this.endAll(() => true, `ICMP is not possible: ${problem}`),
  );
  private sequence = 0;

  ask(address: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      this.sequence = (this.sequence + 1) & 0xffff;
      const request = echoRequest(address, this.sequence);
      const finish = (): void => {
        this.waiting.delete(waiting);
        signal.removeEventListener("abort", giveUp);
      };
      const giveUp = (): void => {
        finish();
        reject(signal.reason as Error);
      };
      const end = (problem?: string): void => {
        finish();
        if (problem === undefined) resolve();
        else reject(new Error(problem));
      };
      const waiting: Waiting = { address, request, end };
      this.waiting.add(waiting);
      signal.addEventListener("abort", giveUp, { once: true });
      this.socket.send(address, request);
    });
  }

  private take(event: IcmpEvent): void {
    if ("problem" in event) {
      this.endAll(({ address }) => address === event.address, `cannot be sent: ${event.problem}`);
      return;
    }
    const { sender, message } = event;
    if (message.length < HEADER) return;
    const types = typesFor(sender);
    const type = message[0];
    if (type === types.reply) this.endAll((one) => one.address === sender && answers(message, one.request));
    else if (type === types.unreachable || type === types.exceeded)
      this.endAll((one) => refuses(message, one.request), `${sender} says that it cannot be reached`);
  }

  private endAll(concerned: (waiting: Waiting) => boolean, problem?: string): void {
    for (const one of this.waiting) if (concerned(one)) one.end(problem);
  }
}

const echoes = new Echoes();

function typesFor(address: string): (typeof TYPES)[4 | 6] {
  return TYPES[address.includes(":") ? 6 : 4];
}

function echoRequest(address: string, sequence: number): Buffer {
  const message = Buffer.concat([Buffer.alloc(HEADER), randomBytes(NONCE)]);
  message[0] = typesFor(address).request;
  message.writeUInt16BE(process.pid & 0xffff, 4);
  message.writeUInt16BE(sequence, 6);
  message.writeUInt16BE(checksum(message), 2);
  return message;
}

/** The Internet checksum (RFC 1071) of a message of even length whose checksum field is 0. */
function checksum(message: Buffer): number {
  let sum = 0;
  for (let position = 0; position < message.length; position += 2) sum += message.readUInt16BE(position);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function answers(reply: Buffer, request: Buffer): boolean {
  return reply.subarray(4).equals(request.subarray(4));
}

/** An error carries the refused packet, or at least its IP header and the first 8 bytes after it: type, identifier and sequence. */
function refuses(error: Buffer, request: Buffer): boolean {
  const packet = error.subarray(HEADER);
  if (packet.length < 1) return false;
  const header = packet.readUInt8(0) >> 4 === 6 ? 40 : 4 * (packet.readUInt8(0) & 15);
  const refused = packet.subarray(header, header + HEADER);
  return (
    refused.length === HEADER && refused[0] === request[0] && refused.subarray(4).equals(request.subarray(4, HEADER))
  );
}
