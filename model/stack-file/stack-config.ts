import { StackFileError } from "./stack-file-error.ts";
import { YamlError } from "./syntax.ts";
import { readYaml, type Objection, type YamlContent } from "./yaml.ts";

/** The namespace of our configuration. */
const OURS = "anycast";

/** The key of the network. */
export const NETWORK_KEY = `${OURS}:network`;

/** The configuration in a stack file. */
export interface StackConfig {
  /** Key with its namespace → value; a secret is `{secure: …}`. */
  readonly values: Readonly<Record<string, unknown>>;
  /** What Pulumi takes in our keys, and we do not. */
  readonly objections: readonly Objection[];
}

/**
 * Reads the configuration in a stack file as Pulumi does.
 *
 * @param path to name in errors
 * @param project its name: the namespace of keys without one
 * @throws StackFileError for what Pulumi refuses as well
 */
export function readStackConfig(text: string, path: string, project: string): StackConfig {
  const { value, objections } = contentOf(text, path);
  const file = value ?? {};
  const config = (isMap(file) ? file["config"] : undefined) ?? {};
  if (!isMap(file) || !isMap(config)) throw new StackFileError(path, ["`config` has to be a map. Correct it"]);
  const keys = new Map(Object.keys(config).map((key) => [key, fullKey(key, path, project)]));
  return {
    values: Object.fromEntries([...keys].map(([key, full]) => [full, config[key]])),
    objections: objections.filter(({ path: [top, key = ""], kind }) => {
      const full = (top === "config" && keys.get(key)) || "";
      return kind === "secret" ? full === NETWORK_KEY : full.startsWith(`${OURS}:`);
    }),
  };
}

function contentOf(text: string, path: string): YamlContent {
  try {
    return readYaml(text);
  } catch (error) {
    throw error instanceof YamlError ? new StackFileError(path, [error.mistake]) : error;
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns the full form of a key, which may be written short (`network`) or long (`anycast:config:network`). */
function fullKey(key: string, path: string, project: string): string {
  if (!key.includes(":")) return `${project}:${key}`;
  const [, namespace, name] = /^([^:]*):(?:config:)?([^:]*)$/.exec(key) ?? [];
  if (namespace === undefined)
    throw new StackFileError(path, [
      `the key '${key}' in \`config\` has too many colons. Write it as in ${NETWORK_KEY}`,
    ]);
  return `${namespace}:${name}`;
}

/** The network in a configuration, as a program gets it: Pulumi takes it as a text of JSON, too. Undefined when there is none. */
export function networkIn({ values }: StackConfig): unknown {
  const value = values[NETWORK_KEY] ?? undefined;
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
