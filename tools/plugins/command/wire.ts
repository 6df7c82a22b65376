/** The signatures of Pulumi's property format (`sdk/nodejs/runtime/rpc.ts` of pulumi/pulumi). */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * A property as the engine sends it: JSON in which an object with a signature key stands for a secret, an asset, an
 * archive or a resource, and one special string for a value that is not known yet.
 */
export type Wire = unknown;

/** A resource's inputs or its state as the engine sends them. */
export type WireObject = Readonly<Record<string, Wire>>;

/** True for an object, and not for an array or `null`. */
export function isObject(value: Wire): value is WireObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `value` marked as secret, so that the engine encrypts it in the state and never shows it. */
export function secret(value: Wire): WireObject {
  return { [signatureKey]: secretSignature, value };
}

/** `value` without the mark of secrecy on itself; those inside stay. */
export function revealed(value: Wire): Wire {
  return isObject(value) && value[signatureKey] === secretSignature ? revealed(value["value"]) : value;
}

/** `value` with every mark of secrecy taken off, at any depth. Assets, archives and unknown values stay as they are. */
export function plain(value: Wire): Wire {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  if (value[signatureKey] === secretSignature) return plain(value["value"]);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/** True if `value` holds, at any depth, something that is only known after an update. */
export function containsUnknown(value: Wire): boolean {
  if (Array.isArray(value)) return value.some(containsUnknown);
  if (isObject(value)) return Object.values(value).some(containsUnknown);
  return value === unknownValue;
}

/** An asset or an archive: `hash` is that of its content, by the engine; `path` is missing if it is not a local file. */
export interface Source {
  kind: "asset" | "archive";
  hash: string | undefined;
  path: string | undefined;
  text: string | undefined;
}

/** Reads a `pulumi.asset.Asset` or `Archive`; `undefined` if `value` is neither. */
export function sourceOf(value: Wire): Source | undefined {
  const item = plain(value);
  if (!isObject(item)) return undefined;
  const signature = item[signatureKey];
  if (signature !== assetSignature && signature !== archiveSignature) return undefined;
  const string = (key: string) => (typeof item[key] === "string" && item[key] !== "" ? item[key] : undefined);
  const kind = signature === assetSignature ? "asset" : "archive";
  const elsewhere = string("uri") !== undefined || string("path") !== undefined || kind === "archive";
  return { kind, hash: string("hash"), path: string("path"), text: elsewhere ? undefined : (string("text") ?? "") };
}
