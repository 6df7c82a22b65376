import { z } from "zod";

/** A JSON schema as zod makes it, with what our `.meta` adds: `example`, `absent`, `values`, `patternErrorMessage`. */
export interface Described {
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly description?: string;
  readonly default?: unknown;
  /** A value. (Of `examples`, zod keeps none that it would transform.) */
  readonly example?: unknown;
  /** What holds without the key, in words. */
  readonly absent?: string;
  /** The values of a string that an editor offers. */
  readonly values?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly required?: readonly string[];
  /** `false` where the keys are all known. */
  readonly additionalProperties?: boolean | Described;
  readonly propertyNames?: Described;
  readonly items?: Described;
  readonly oneOf?: readonly Described[];
  readonly anyOf?: readonly Described[];
}

/** The JSON schema of what a zod schema takes. */
export function describe(schema: z.ZodType): Described {
  return z.toJSONSchema(schema, { io: "input", target: "draft-7" }) as Described;
}

/** The alternatives of a union; undefined for all else. */
export function alternatives({ oneOf, anyOf }: Described): readonly Described[] | undefined {
  return oneOf ?? anyOf;
}

/** The schema of a record's values; undefined for all else. */
export function valuesOf({ additionalProperties }: Described): Described | undefined {
  return typeof additionalProperties === "object" ? additionalProperties : undefined;
}

/** What holds without a key, in Markdown: a literal as code; undefined for a key that has to be there, and for an object of keys with defaults. */
export function absentText(node: Described, isRequired: boolean): string | undefined {
  if (node.absent !== undefined) return node.absent;
  if (isRequired || node.properties !== undefined) return undefined;
  return node.default === undefined || JSON.stringify(node.default).length === 2 ? "none" : code(node.default);
}

/** The description of a value, with an example of it or of a list's members, in Markdown and without a full stop. */
export function whatText({ description = "", example, items }: Described): string {
  const shown = example ?? items?.example;
  return shown === undefined ? description : `${description}. Example: ${code(shown)}`;
}

/** A value as it is written in a stack file. */
function code(value: unknown): string {
  return `\`${flow(value)}\``;
}

function flow(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(flow).join(", ")}]` : String(value);
}
