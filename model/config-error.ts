import { z } from "zod";
import { didYouMean } from "./nearest.ts";

/** One thing that is wrong in the configuration. */
export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** A configuration that cannot be used. Its message names every problem with its path; meant to be shown without a stack trace. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
    super(
      [`anycast:network has ${count}:`, ...problems.map(({ path, message }) => `  ${dotted(path)}: ${message}`)].join(
        "\n",
      ),
    );
    this.name = "ConfigError";
    this.problems = problems;
  }
}

function dotted(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : `${text}.${String(key)}`),
    "anycast:network",
  );
}

/** Parses with a schema; throws a {@link ConfigError} with every problem in the user's words. */
export function parseConfig<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input, { error: inUsersWords });
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.map(({ path, message }) => ({ path, message })));
}

/** What is wrong, in the user's words, for zod's `error` option. Undefined leaves a message to the schema or, failing that, to zod. */
export function inUsersWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = knownKeys(issue.inst);
      const named = issue.keys.map((key) => `unknown key '${key}'${didYouMean(key, known)}`);
      return `${named.join("; ")} (known here: ${known.join(", ")})`;
    }
    case "invalid_union":
      return issue.discriminator === undefined
        ? undefined
        : notOneOf(discriminatorOf(issue), [...(issue["options"] as Iterable<unknown>)].map(String));
    case "invalid_value":
      return notOneOf(issue.input, issue.values.map(String));
    case "invalid_type":
      return issue.input === undefined
        ? `is missing: ${article(issue.expected)} is needed`
        : `must be ${article(issue.expected)}, got ${JSON.stringify(issue.input)}`;
    case "invalid_key":
      return issue.issues[0]?.message;
    case "too_small":
      return issue.origin === "array"
        ? "must not be empty"
        : `must be at least ${String(issue.minimum)}, got ${String(issue.input)}`;
    case "too_big":
      return `must be at most ${String(issue.maximum)}, got ${String(issue.input)}`;
    case "custom":
    case "invalid_element":
    case "invalid_format":
    case "not_multiple_of":
      return undefined;
  }
}

function discriminatorOf(issue: z.core.$ZodRawIssue & { discriminator?: string | undefined }): unknown {
  const { input, discriminator } = issue;
  return typeof input === "object" && input !== null && discriminator !== undefined
    ? (input as Record<string, unknown>)[discriminator]
    : input;
}

function notOneOf(given: unknown, allowed: readonly string[]): string {
  const list = allowed.join(", ");
  if (given === undefined) return `is missing: one of ${list} is needed`;
  const text = typeof given === "string" ? given : JSON.stringify(given);
  return `'${text}' is not one of ${list}${didYouMean(text, allowed)}`;
}

function knownKeys(schema: unknown): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function article(type: string): string {
  const words: Record<string, string> = {
    int: "a whole number",
    record: "a map",
    object: "a map",
    array: "a list",
    string: "a text",
  };
  return words[type] ?? `a ${type}`;
}
