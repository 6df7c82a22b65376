import { MOST_HOPS, type Statement } from "./entry.ts";
import type { Badness, Claim } from "./fleet.ts";
import { LONGEST_BODY } from "./message.ts";

/** Prefixes (by {@link prefixId}) of which the same is said. */
export interface Group {
  readonly prefixes: readonly number[];
  readonly statements: readonly Statement[];
}

const COUNTS = 4;
const PREFIX = 4;
const STATEMENT = 17;

/** An age takes 14 bits: what is older than some seconds counts for nothing. The two above it are the claim. */
const MOST_AGE = 0x3fff;
const CLAIM_SHIFT = 14;
const CLAIMS: readonly Claim[] = ["none", "asks", "leaves", "dead"];

/** As many of each as fit into a body together. */
const MOST_PREFIXES = 128;
const MOST_STATEMENTS = Math.floor((LONGEST_BODY - COUNTS - MOST_PREFIXES * PREFIX) / STATEMENT);

/** Puts prefixes of which the same is known into one group. */
export function groupsOf(told: Iterable<readonly [prefix: number, statements: readonly Statement[]]>): Group[] {
  const groups: { prefixes: number[]; statements: readonly Statement[] }[] = [];
  for (const [prefix, statements] of told) {
    const group = groups.find((other) => isSame(other.statements, statements));
    if (group === undefined) groups.push({ prefixes: [prefix], statements });
    else group.prefixes.push(prefix);
  }
  return groups;
}

/** Bodies of heartbeats, at least one, each of which can be understood alone. */
export function writeBeats(groups: readonly Group[]): Buffer[] {
  const bodies: Buffer[][] = [[]];
  let room = LONGEST_BODY;
  for (const piece of groups.flatMap(pieces)) {
    if (piece.length > room) {
      bodies.push([]);
      room = LONGEST_BODY;
    }
    bodies.at(-1)?.push(piece);
    room -= piece.length;
  }
  return bodies.map((body) => Buffer.concat(body));
}

/** The groups of a body; what follows something that cannot be is left out. */
export function readBeat(body: Buffer): Group[] {
  const groups: Group[] = [];
  let offset = 0;
  while (offset + COUNTS <= body.length) {
    const [prefixes, statements] = [body.readUInt16BE(offset), body.readUInt16BE(offset + 2)];
    const start = offset + COUNTS;
    const middle = start + prefixes * PREFIX;
    offset = middle + statements * STATEMENT;
    if (offset > body.length) break;
    groups.push({
      prefixes: Array.from({ length: prefixes }, (_, index) => body.readUInt32BE(start + index * PREFIX)),
      statements: Array.from({ length: statements }, (_, index) => readStatement(body, middle + index * STATEMENT)),
    });
  }
  return groups;
}

function pieces({ prefixes, statements }: Group): Buffer[] {
  return chunks(prefixes, MOST_PREFIXES).flatMap((some) =>
    chunks(statements, MOST_STATEMENTS).map((told) => writePiece(some, told)),
  );
}

function chunks<T>(all: readonly T[], size: number): (readonly T[])[] {
  if (all.length <= size) return [all];
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

function writePiece(prefixes: readonly number[], statements: readonly Statement[]): Buffer {
  const piece = Buffer.allocUnsafe(COUNTS + prefixes.length * PREFIX + statements.length * STATEMENT);
  let offset = piece.writeUInt16BE(prefixes.length, 0);
  offset = piece.writeUInt16BE(statements.length, offset);
  for (const prefix of prefixes) offset = piece.writeUInt32BE(prefix, offset);
  for (const { site, boot, stamp, age, hops, announces, drained, claim, badness, withdrew } of statements) {
    offset = piece.writeUIntBE(site, offset, 6);
    offset = piece.writeUInt32BE(boot, offset);
    offset = piece.writeUInt32BE(stamp, offset);
    offset = piece.writeUInt16BE(Math.min(Math.ceil(age), MOST_AGE) | (CLAIMS.indexOf(claim) << CLAIM_SHIFT), offset);
    // An agent of the release before takes a dead service for one that leaves, and must not wait for it to announce.
    const told = claim === "dead" && !announces ? 4 : badness;
    // Only who announces can be drained, and only who does not can have withdrawn: one bit says both.
    const bit = announces ? drained : withdrew;
    offset = piece.writeUInt8((announces ? 0x80 : 0) | (bit ? 0x40 : 0) | (hops << 3) | told, offset);
  }
  return piece;
}

/** A statement that no site makes is as one that nobody tells: too often passed on. */
function readStatement(body: Buffer, offset: number): Statement {
  const flags = body.readUInt8(offset + 16);
  const badness = flags & 7;
  const age = body.readUInt16BE(offset + 14);
  const announces = (flags & 0x80) !== 0;
  const bit = (flags & 0x40) !== 0;
  const claim = CLAIMS[age >> CLAIM_SHIFT] ?? "leaves";
  return {
    site: body.readUIntBE(offset, 6),
    boot: body.readUInt32BE(offset + 6),
    stamp: body.readUInt32BE(offset + 10),
    age: age & MOST_AGE,
    hops: badness > 4 ? MOST_HOPS + 1 : (flags >> 3) & 7,
    announces,
    drained: announces && bit,
    claim,
    badness: claim === "dead" ? 3 : (Math.min(badness, 4) as Badness),
    withdrew: !announces && bit,
  };
}

/** As {@link Statement.age} of one thing that was said may differ by path, it does not count. */
function isSame(a: readonly Statement[], b: readonly Statement[]): boolean {
  return (
    a.length === b.length &&
    a.every((statement, index) => {
      const other = b[index];
      return (
        other !== undefined &&
        statement.site === other.site &&
        statement.stamp === other.stamp &&
        statement.boot === other.boot &&
        statement.announces === other.announces &&
        statement.withdrew === other.withdrew &&
        statement.badness === other.badness &&
        statement.drained === other.drained &&
        statement.claim === other.claim
      );
    })
  );
}
