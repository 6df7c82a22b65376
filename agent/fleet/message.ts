import { createHmac, timingSafeEqual, type KeyObject } from "node:crypto";

/** The most octets of a message: fits every path of the Internet without fragments (IPv6's least MTU is 1280). */
const LONGEST = 1200;

/** HMAC-SHA256-128 (RFC 4868): the first half of the HMAC. */
const MAC = 16;

/**
 * The formats of messages: 2 is 1 with a word (`word.ts`) at a place where the kernel finds it. Both are understood for one release, so that a
 * network that is being upgraded does not fall silent.
 */
export const FORMATS = [2, 1] as const;
export type Format = (typeof FORMATS)[number];

/** Octets of the word after the format and the kind. */
const WORD = { 1: 0, 2: 4 } as const satisfies Record<Format, number>;
const HEADER = { 1: 48, 2: 52 } as const satisfies Record<Format, number>;

/** The most octets of a body, in any format. */
export const LONGEST_BODY = LONGEST - HEADER[2] - MAC;

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

/**
 * Returns a message as it is sent.
 *
 * @param word by which the receiver's kernel knows that it comes from a peer; 32 bits
 */
export function seal(format: Format, header: Header, body: Buffer, word: number, [key]: Keys): Buffer {
  const message = Buffer.allocUnsafe(HEADER[format] + body.length + MAC);
  message.writeUInt8(format, 0);
  message.writeUInt8(KINDS.indexOf(header.kind), 1);
  if (format === 2) message.writeUInt32BE(word, 2);
  const start = WORD[format];
  message.writeUIntBE(header.from, start + 2, 6);
  message.writeUIntBE(header.to, start + 8, 6);
  message.writeUInt32BE(header.boot, start + 14);
  message.writeUInt32BE(header.sequence, start + 18);
  message.writeUIntBE(header.nonce, start + 22, 6);
  message.writeUIntBE(header.echoedNonce, start + 28, 6);
  message.writeUInt32BE(header.clock, start + 34);
  message.writeUInt32BE(header.echoedClock, start + 38);
  message.writeUIntBE(Math.min(header.held, 2 ** 48 - 1), start + 42, 6);
  body.copy(message, HEADER[format]);
  mac(message, key).copy(message, HEADER[format] + body.length);
  return message;
}

/** What can be read of a message before its signature is checked: that costs nothing. */
export interface Envelope {
  readonly format: Format;
  readonly from: number;
  readonly boot: number;
  readonly sequence: number;
}

/** What a message says of itself; undefined when it is none, or not for `self`. */
export function envelopeOf(message: Buffer, self: number): Envelope | undefined {
  const format = formatOf(message);
  if (format === undefined || message.length < HEADER[format] + MAC || message.length > LONGEST) return undefined;
  const start = WORD[format];
  if (message.readUInt8(1) >= KINDS.length || message.readUIntBE(start + 8, 6) !== self) return undefined;
  return {
    format,
    from: message.readUIntBE(start + 2, 6),
    boot: message.readUInt32BE(start + 14),
    sequence: message.readUInt32BE(start + 18),
  };
}

/** The header and body of a message of which {@link envelopeOf} told the format; undefined when no key signed it. */
export function open(
  message: Buffer,
  format: Format,
  keys: Keys,
): { readonly header: Header; readonly body: Buffer } | undefined {
  const end = message.length - MAC;
  const given = message.subarray(end);
  if (!keys.some((key) => timingSafeEqual(mac(message, key), given))) return undefined;
  const start = WORD[format];
  return {
    header: {
      kind: KINDS[message.readUInt8(1)] ?? "beat",
      from: message.readUIntBE(start + 2, 6),
      to: message.readUIntBE(start + 8, 6),
      boot: message.readUInt32BE(start + 14),
      sequence: message.readUInt32BE(start + 18),
      nonce: message.readUIntBE(start + 22, 6),
      echoedNonce: message.readUIntBE(start + 28, 6),
      clock: message.readUInt32BE(start + 34),
      echoedClock: message.readUInt32BE(start + 38),
      held: message.readUIntBE(start + 42, 6),
    },
    body: message.subarray(HEADER[format], end),
  };
}

function formatOf(message: Buffer): Format | undefined {
  return message.length === 0 ? undefined : FORMATS.find((format) => format === message[0]);
}

function mac(message: Buffer, key: KeyObject): Buffer {
  const signed = message.subarray(0, message.length - MAC);
  return createHmac("sha256", key).update(signed).digest().subarray(0, MAC);
}
