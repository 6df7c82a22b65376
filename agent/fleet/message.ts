import { createHmac, timingSafeEqual, type KeyObject } from "node:crypto";

/** The most octets of a message: fits every path of the Internet without fragments (IPv6's least MTU is 1280). */
const LONGEST = 1200;

/** HMAC-SHA256-128 (RFC 4868): the first half of the HMAC. */
const MAC = 16;

const HEADER = 48;
const VERSION = 1;

/** The most octets of a body. */
export const LONGEST_BODY = LONGEST - HEADER - MAC;

/** What a message is about: heartbeats, or a probe that is asked of a peer, or what such a probe found. */
export type MessageKind = "beat" | "probe" | "found";
const KINDS: readonly MessageKind[] = ["beat", "probe", "found"];

/** What stands before the body. */
export interface Header {
  readonly kind: MessageKind;
  readonly from: number;
  readonly to: number;
  /** Random number of the sending process. */
  readonly boot: number;
  /** Rises with each message of the process. */
  readonly sequence: number;
  /** What the receiver has to repeat to be believed, 48 bits. */
  readonly nonce: number;
  /** The receiver's nonce as it was last heard; 0 when none was. */
  readonly echoedNonce: number;
  /** The sender's clock in milliseconds, 32 bits. */
  readonly clock: number;
  /** The receiver's clock as it was last heard. */
  readonly echoedClock: number;
  /** Milliseconds since that was heard. */
  readonly held: number;
}

/** Keys of 32 octets: the first one signs, all are accepted. */
export type Keys = readonly [KeyObject, ...KeyObject[]];

/** A message as it is sent. */
export function seal(header: Header, body: Buffer, [key]: Keys): Buffer {
  const message = Buffer.allocUnsafe(HEADER + body.length + MAC);
  message.writeUInt8(VERSION, 0);
  message.writeUInt8(KINDS.indexOf(header.kind), 1);
  message.writeUIntBE(header.from, 2, 6);
  message.writeUIntBE(header.to, 8, 6);
  message.writeUInt32BE(header.boot, 14);
  message.writeUInt32BE(header.sequence, 18);
  message.writeUIntBE(header.nonce, 22, 6);
  message.writeUIntBE(header.echoedNonce, 28, 6);
  message.writeUInt32BE(header.clock, 34);
  message.writeUInt32BE(header.echoedClock, 38);
  message.writeUIntBE(Math.min(header.held, 2 ** 48 - 1), 42, 6);
  body.copy(message, HEADER);
  mac(message, key).copy(message, HEADER + body.length);
  return message;
}

/** Whom a message says it is from, and whether it can be one at all: what costs nothing is looked at first. Undefined when it is not for `self`. */
export function senderOf(message: Buffer, self: number): number | undefined {
  if (message.length < HEADER + MAC || message.length > LONGEST) return undefined;
  if (message.readUInt8(0) !== VERSION || message.readUInt8(1) >= KINDS.length) return undefined;
  return message.readUIntBE(8, 6) === self ? message.readUIntBE(2, 6) : undefined;
}

/** The header and body of a message for which {@link senderOf} gave a sender; undefined when no key signed it. */
export function open(message: Buffer, keys: Keys): { readonly header: Header; readonly body: Buffer } | undefined {
  const end = message.length - MAC;
  const given = message.subarray(end);
  if (!keys.some((key) => timingSafeEqual(mac(message, key), given))) return undefined;
  return {
    header: {
      kind: KINDS[message.readUInt8(1)] ?? "beat",
      from: message.readUIntBE(2, 6),
      to: message.readUIntBE(8, 6),
      boot: message.readUInt32BE(14),
      sequence: message.readUInt32BE(18),
      nonce: message.readUIntBE(22, 6),
      echoedNonce: message.readUIntBE(28, 6),
      clock: message.readUInt32BE(34),
      echoedClock: message.readUInt32BE(38),
      held: message.readUIntBE(42, 6),
    },
    body: message.subarray(HEADER, end),
  };
}

function mac(message: Buffer, key: KeyObject): Buffer {
  const signed = message.subarray(0, message.length - MAC);
  return createHmac("sha256", key).update(signed).digest().subarray(0, MAC);
}
