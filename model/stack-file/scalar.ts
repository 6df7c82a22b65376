/** A date: Pulumi hands it on in another form than it was written in. */
export class DateValue {
  /** As it was written. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A scalar as Pulumi reads it. */
export type ScalarValue = string | number | boolean | null | DateValue;

const WORDS: ReadonlyMap<string, ScalarValue> = new Map<string, ScalarValue>([
  ...["true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, false] as const),
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
  ...[".nan", ".NaN", ".NAN"].map((word) => [word, Number.NaN] as const),
  ...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map((word) => [word, Infinity] as const),
  ...["-.inf", "-.Inf", "-.INF"].map((word) => [word, -Infinity] as const),
]);

/** Sign, and the digits of a binary, hexadecimal, octal or decimal number. */
const INTEGER = /^([-+]?)(?:0[bB]([01]+)|0[xX]([\da-fA-F]+)|0[oO]?([0-7]+)|(0|[1-9]\d*))$/;
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
const DATE =
  /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[-+]\d{2}:\d{2})|\s\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?)?$/;

/** What 64 bits hold; beyond it a number is a floating one. */
const [LEAST, MOST] = [-(2n ** 63n), 2n ** 64n - 1n];

/**
 * A scalar without quotes or tag, as Pulumi reads it: by YAML 1.2, but with the octal numbers (`010`), the underscores in numbers and
 * the dates of YAML 1.1. `yes`, `no`, `on` and `off` are strings, as is `1:30`.
 *
 * @see https://github.com/go-yaml/yaml/blob/v3.0.1/resolve.go with which Pulumi reads its files
 */
export function plainScalar(text: string): ScalarValue {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.\d]/.test(text)) return text;
  if (DATE.test(text)) return new DateValue(text);
  const plain = text.startsWith(".") ? text.replaceAll(/(?<=\d)_(?=\d)/g, "") : text.replaceAll("_", "");
  return integer(plain) ?? float(plain) ?? text;
}

function integer(text: string): number | undefined {
  const [, sign, binary, hexadecimal, octal, decimal] = INTEGER.exec(text) ?? [];
  const digits = (binary && `0b${binary}`) || (hexadecimal && `0x${hexadecimal}`) || (octal && `0o${octal}`) || decimal;
  if (digits === undefined) return undefined;
  const value = sign === "-" ? -BigInt(digits) : BigInt(digits);
  return value >= LEAST && value <= MOST ? Number(value) : undefined;
}

function float(text: string): number | undefined {
  const value = FLOAT.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** Whether a scalar is a number with a leading zero: octal where it can be (`022`), else decimal (`089`). */
export function hasLeadingZero(text: string): boolean {
  return /^[-+]?0[\d_]/.test(text) && typeof plainScalar(text) === "number";
}
