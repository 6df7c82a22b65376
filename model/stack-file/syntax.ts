import { CST, Lexer, LineCounter, parseAllDocuments, type Document, type YAMLParseError } from "yaml";

/** Something wrong at a place of a file. */
export interface Mistake {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** What is wrong, and what to do. */
  readonly problem: string;
}

/** A text that Pulumi does not read either. */
export class YamlError extends Error {
  readonly mistake: Mistake;

  constructor(mistake: Mistake) {
    super(`${mistake.line}:${mistake.column}: ${mistake.problem}`);
    this.name = "YamlError";
    this.mistake = mistake;
  }
}

/** A place in a text. */
export type Place = Pick<Mistake, "line" | "column">;

/** A text whose scalars are all strings still. */
export interface ParsedYaml {
  /** Undefined for a text without any. */
  readonly document: Document.Parsed | undefined;
  /** The place of an offset in {@link document}. */
  readonly place: (offset: number) => Place;
}

/** Lines in brackets that may be indented too little. */
const MOST_REPAIRS = 100;

/** More than any line is indented. */
const INDENTATION = " ".repeat(200);

/**
 * Parses the first document of a YAML text, the only one that Pulumi reads, and takes and refuses what Pulumi's parser does: it takes lines
 * in brackets however they are indented, and refuses tabs where YAML 1.2 has them between lines.
 *
 * @throws YamlError with the first mistake
 */
export function parseYaml(text: string): ParsedYaml {
  const lines = text.replaceAll(/\r\n?/g, "\n").split("\n");
  const indented = new Set<number>();
  let first: YamlError | undefined;
  for (;;) {
    const parsed = parseOnce(lines.join("\n"), indented);
    const [error] = parsed.document?.errors ?? [];
    if (error === undefined) {
      refuseVersion(parsed.document);
      refuseCharacters(lines.join("\n"), parsed.place);
      return parsed;
    }
    const place = parsed.place(error.pos[0]);
    const mistake = new YamlError({ ...place, problem: problemOf(error) });
    first ??= mistake;
    const index = place.line - 1;
    if (!isIndentedTooLittle(error)) throw mistake;
    if (indented.has(index) || indented.size === MOST_REPAIRS) throw first;
    indented.add(index);
    lines[index] = INDENTATION + lines[index]!;
  }
}

function parseOnce(text: string, indented: ReadonlySet<number>): ParsedYaml {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, {
    schema: "failsafe",
    resolveKnownTags: false,
    uniqueKeys: false,
    strict: false,
    logLevel: "error",
    lineCounter,
  });
  return {
    document: Array.isArray(documents) ? documents[0] : undefined,
    place: (offset) => {
      const { line, col } = lineCounter.linePos(offset);
      return { line, column: Math.max(1, indented.has(line - 1) ? col - INDENTATION.length : col) };
    },
  };
}

function isIndentedTooLittle({ code, message }: YAMLParseError): boolean {
  return code === "BAD_INDENT" && message.startsWith("Flow ");
}

const TAB_PROBLEM = "a tab is not allowed here. Use spaces";

/** The library's message, without the place and the lines around it. */
function problemOf({ code, message }: YAMLParseError): string {
  return code === "TAB_AS_INDENT" ? TAB_PROBLEM : `${message.split(/ at line \d+| *\n/)[0]}. Correct it`;
}

function refuseVersion(document: Document.Parsed | undefined): void {
  const { explicit = false, version = "" } = document?.directives.yaml ?? {};
  if (explicit && version !== "1.1")
    throw new YamlError({
      line: 1,
      column: 1,
      problem: `Pulumi reads YAML 1.1, and not ${version}. Remove the directive`,
    });
}

const CONTROL_CHARACTER = /[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

function refuseCharacters(text: string, place: ParsedYaml["place"]): void {
  const control = CONTROL_CHARACTER.exec(text);
  if (control !== null)
    throw new YamlError({ ...place(control.index), problem: "a control character is not allowed here. Remove it" });
  const tab = offsetOfTab(text);
  if (tab !== undefined) throw new YamlError({ ...place(tab), problem: TAB_PROBLEM });
}

/** What the lexer adds to the text. */
const MARKS: ReadonlySet<string> = new Set([CST.DOCUMENT, CST.FLOW_END, CST.SCALAR]);

/** Of the first tab at the start of a line, or after a `-` or `?`; not in brackets or in a scalar. */
function offsetOfTab(text: string): number | undefined {
  let [offset, brackets, isStart] = [0, 0, true];
  for (const lexeme of new Lexer().lex(text)) {
    if (MARKS.has(lexeme)) continue;
    if (isStart && brackets === 0 && /^\s*\t/.test(lexeme)) return offset + lexeme.indexOf("\t");
    if (/^[[{]$/.test(lexeme)) brackets += 1;
    if (/^[\]}]$/.test(lexeme)) brackets -= 1;
    isStart = /^\n$|^[-?]$/.test(lexeme) || (isStart && /^ +$/.test(lexeme));
    offset += lexeme.length;
  }
  return undefined;
}
