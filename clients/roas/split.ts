/** Octets of JSON's own signs; those of letters beyond ASCII are larger than all of them (UTF-8). */
const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN, CLOSE] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Octets of the longest entry or member that is kept: Routinator's `jsonext` lists where each entry comes from. */
const LONGEST = 256 * 1024;

/** The parts of a JSON object that its reader is given. */
export interface Parts {
  /** The name of the list whose entries are given one by one; they have to be objects. */
  readonly list: string;
  readonly onEntry: (text: string) => void;
  /** The name of the object that is given whole. */
  readonly member: string;
  readonly onMember: (text: string) => void;
}

/**
 * Takes a JSON object apart while it arrives, so that memory does not grow with it: `JSON.parse` sees one entry of the list at a time.
 * What is not asked for is passed over, and only its brackets are looked at.
 */
export class ObjectSplitter {
  private readonly parts: Parts;
  private depth = 0;
  private inString = false;
  private escaped = false;
  private ended = false;
  private inList = false;
  private sawList = false;
  /** Whether the next text at depth 1 is a name. */
  private expectsName = true;
  private name = "";
  /** What is being kept, and the octets of it from the pieces before. */
  private keeps: "name" | "entry" | "member" | undefined;
  private kept: Buffer[] = [];

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /** @throws Error when it is not of that form */
  push(piece: Buffer): void {
    // Where in the piece that which is being kept begins.
    let from = 0;
    const keep = (what: NonNullable<typeof this.keeps>, at: number): void => {
      this.keeps = what;
      from = at;
    };
    const text = (end: number): string => {
      this.store(piece.subarray(from, end));
      const whole = Buffer.concat(this.kept).toString("utf8");
      this.keeps = undefined;
      this.kept = [];
      return whole;
    };

    for (let at = 0; at < piece.length; at++) {
      const octet = piece[at]!;
      if (this.inString) {
        if (this.escaped) this.escaped = false;
        else if (octet === BACKSLASH) this.escaped = true;
        else if (octet === QUOTE) {
          this.inString = false;
          if (this.keeps === "name") this.name = text(at);
        }
        continue;
      }
      if (this.depth === 0) this.checkOutside(octet);
      else if (this.inList && this.depth === 2) checkBetween(octet);
      switch (octet) {
        case QUOTE:
          this.inString = true;
          if (this.depth === 1 && this.expectsName) keep("name", at + 1);
          break;
        case COMMA:
        case COLON:
          if (this.depth === 1) this.expectsName = octet === COMMA;
          break;
        case OPEN:
        case OPEN_LIST:
          if (this.depth === 1 && this.name === this.parts.list && octet === OPEN_LIST) {
            this.inList = true;
            this.sawList = true;
          } else if (this.depth === 1 && this.name === this.parts.member) keep("member", at);
          else if (this.depth === 2 && this.inList) keep("entry", at);
          this.depth += 1;
          break;
        case CLOSE:
        case CLOSE_LIST:
          this.depth -= 1;
          if (this.depth === 0) this.ended = true;
          else if (this.depth === 1) {
            this.inList = false;
            if (this.keeps === "member") this.parts.onMember(text(at + 1));
          } else if (this.depth === 2 && this.keeps === "entry") this.parts.onEntry(text(at + 1));
          break;
      }
    }
    if (this.keeps !== undefined) this.store(piece.subarray(from));
  }

  /** @throws Error when the object has not ended, or had no such list */
  end(): void {
    if (!this.ended) throw new Error(this.depth === 0 ? "it is empty" : "it ends in the middle");
    if (!this.sawList) throw new Error(`it has no list \`${this.parts.list}\``);
  }

  private store(octets: Buffer): void {
    this.kept.push(octets);
    if (this.kept.reduce((sum, { length }) => sum + length, 0) > LONGEST)
      throw new Error(`it has an entry of more than ${LONGEST / 1024} KiB`);
  }

  private checkOutside(octet: number): void {
    if (isBlank(octet) || (octet === OPEN && !this.ended)) return;
    throw new Error("it is no JSON object");
  }
}

function checkBetween(octet: number): void {
  if (!isBlank(octet) && octet !== COMMA && octet !== OPEN && octet !== CLOSE_LIST)
    throw new Error("its list has an entry that is no object");
}

function isBlank(octet: number): boolean {
  return octet === 0x20 || octet === 0x0a || octet === 0x0d || octet === 0x09;
}
