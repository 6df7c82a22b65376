import { NETWORK_KEY } from "../../model/stack-file/stack-config.ts";
import { absentText, type Described } from "./described.ts";

/** Top-level keys that hold what aliases name, and that Pulumi does not read. */
const HOLDERS = "^x-";

/** Configuration of others: what is not ours alone. */
const OTHERS = "^(?!anycast:)";

/** The key of sites alone, and what it has in common with the network's. */
const SITES = "anycast:sites";
const SAME_SITES = { allOf: [{ $ref: `#/properties/config/properties/${NETWORK_KEY}/properties/sites` }] };

/** What zod says of a number without a bound of its own. */
const NO_BOUND = Number.MAX_SAFE_INTEGER;

/**
 * The JSON schema of a stack file, for editors.
 *
 * @param stack as `describe` has it
 */
export function editorSchema(stack: Described): object {
  const { properties = {}, ...file } = stack;
  const { config = {}, ...others } = properties;
  const { properties: keys = {}, ...rest } = config;
  const shown = shownNode(file, false) as Record<string, unknown>;
  return {
    ...shown,
    title: "Stack of an anycast network",
    properties: {
      config: {
        ...shownNode(rest, true),
        properties: {
          ...shownProperties(keys, []),
          [SITES]: { ...shownNode({ description: keys[SITES]?.description ?? "" }, true), ...SAME_SITES },
        },
        patternProperties: { [OTHERS]: {} },
        additionalProperties: false,
      },
      ...shownProperties(others, []),
    },
    patternProperties: { [HOLDERS]: {} },
    additionalProperties: false,
  };
}

function shownProperties(properties: Readonly<Record<string, Described>>, required: readonly string[]): object {
  return Object.fromEntries(
    Object.entries(properties).map(([key, node]) => [key, shownNode(node, required.includes(key))]),
  );
}

/** A node as an editor takes it: what holds without the key is in the description, and nothing in it is ours alone. */
function shownNode(node: Described, isRequired: boolean): object {
  const { absent: _, values, description, example, ...rest } = node;
  const entries = Object.entries(rest)
    .filter(([key, value]) => !isNoise(key, value))
    .map(([key, value]) => [key, shownPart(key, value, node)]);
  const text = description === undefined ? {} : { description: sentence(description, absentText(node, isRequired)) };
  return {
    ...text,
    ...Object.fromEntries(entries),
    ...(example === undefined ? {} : { examples: [example] }),
    ...(values === undefined ? {} : { enum: values }),
  };
}

function isNoise(key: string, value: unknown): boolean {
  return (
    key === "format" ||
    (key === "maximum" && value === NO_BOUND) ||
    (key === "default" && JSON.stringify(value).length === 2)
  );
}

function shownPart(key: string, value: unknown, { required = [] }: Described): unknown {
  switch (key) {
    case "properties":
      return shownProperties(value as Readonly<Record<string, Described>>, required);
    case "items":
    case "propertyNames":
      return shownNode(value as Described, true);
    case "additionalProperties":
      return typeof value === "object" ? shownNode(value as Described, true) : value;
    case "oneOf":
    case "anyOf":
      return (value as readonly Described[]).map((each) => shownNode(each, true));
    default:
      return value;
  }
}

/** A description with what holds without the key. */
export function sentence(description: string, absent: string | undefined): string {
  return absent === undefined ? `${description}.` : `${description}. Default: ${absent}.`;
}
