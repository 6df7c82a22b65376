/** The signatures of Pulumi's property format (`sdk/nodejs/runtime/rpc.ts` and `sdk/go/common/resource/plugin/rpc.go` of pulumi/pulumi). */
const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const UNKNOWN_VALUES = new Set([
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9", // a text
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // true or false
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // a number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // a list
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // an object
]);

/** What the engine takes for a value that is only known after an update. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A property as the engine sends it: JSON in which some objects and strings stand for secrets and unknown values. */
export type Wire = unknown;

/** A resource's inputs or state as the engine sends them. */
export type WireObject = Readonly<Record<string, Wire>>;

function isObject(value: Wire): value is WireObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Marks a value as secret, so that the engine encrypts it in the state and never shows it. */
export function secret(value: Wire): Wire {
  if (isObject(value) && value[SIGNATURE_KEY] === SECRET_SIGNATURE) return value;
  return { [SIGNATURE_KEY]: SECRET_SIGNATURE, value };
}

/** Takes off every mark of secrecy, at any depth. Unknown values stay as they are. */
export function plain(value: Wire): Wire {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  if (value[SIGNATURE_KEY] === SECRET_SIGNATURE) return plain(value["value"]);
  if (value[SIGNATURE_KEY] === OUTPUT_SIGNATURE) return "value" in value ? plain(value["value"]) : UNKNOWN;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/** Whether a value is marked as secret, at any depth. */
export function containsSecret(value: Wire): boolean {
  if (Array.isArray(value)) return value.some(containsSecret);
  if (!isObject(value)) return false;
  if (value[SIGNATURE_KEY] === SECRET_SIGNATURE || value["secret"] === true) return true;
  return Object.values(value).some(containsSecret);
}

/** Whether a value without marks of secrecy holds, at any depth, something that is only known after an update. */
export function containsUnknown(value: Wire): boolean {
  if (Array.isArray(value)) return value.some(containsUnknown);
  if (isObject(value)) return Object.values(value).some(containsUnknown);
  return typeof value === "string" && UNKNOWN_VALUES.has(value);
}
