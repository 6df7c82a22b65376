import { readFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { neighbor } from "../../model/host-schema.ts";
import { networkSchema } from "../../model/schema.ts";
import { stackSchema } from "../../model/stack-schema.ts";
import { alternatives, describe, valuesOf, type Described } from "./described.ts";
import { editorSchema } from "./editor-schema.ts";
import { keysTable, kindTables, ofKind } from "./tables.ts";
import { interfaceOf } from "./types.ts";

const PROJECT = join(import.meta.dirname, "../..");

/** A file that is made from the schema, or parts of which are. */
export interface ReferenceFile {
  /** From the project's folder. */
  readonly path: string;
  readonly content: string;
}

/** All files that are made from the schema, as they have to be. */
export function referenceFiles(): Promise<ReferenceFile[]> {
  const files: [path: string, content: string][] = [
    ["stack.schema.json", JSON.stringify(editorSchema(describe(stackSchema)))],
    ["model/network-input.ts", types()],
    ["docs/configuration.md", withTables("docs/configuration.md", tables())],
  ];
  return Promise.all(
    files.map(async ([path, content]) => {
      const filepath = join(PROJECT, path);
      return { path, content: await format(content, { ...(await resolveConfig(filepath)), filepath }) };
    }),
  );
}

function types(): string {
  return [
    "// Made from the schema by: npm run reference\n",
    interfaceOf("NetworkInput", "The configuration as it stands in a stack file.", describe(networkSchema)),
    interfaceOf("NeighborInput", "A BGP speaker of a provider, as a site lists it.", describe(neighbor)),
  ].join("\n");
}

/** The tables of docs/configuration.md, by the names that it has for them. */
function tables(): Readonly<Record<string, string>> {
  const network = describe(networkSchema);
  const service = valueAt(network, "services");
  const host = at(valueAt(network, "sites"), "host");
  const check = at(ofKind(service, "external"), "checks").items ?? {};
  const timing = new Set(Object.keys(at(ofKind(service, "dns"), "check").properties ?? {}).filter(isOfAll(check)));
  const checks = kindTables(check, timing);
  const config = at(describe(stackSchema), "config").properties ?? {};
  const secrets = Object.fromEntries(Object.entries(config).filter(([key]) => !/:(network|sites)$/.test(key)));
  return {
    network: keysTable(network),
    "service dns": keysTable(ofKind(service, "dns"), timing),
    "service external": keysTable(ofKind(service, "external")),
    "check times": keysTable({
      properties: Object.fromEntries(
        Object.entries(at(ofKind(service, "dns"), "check").properties ?? {}).filter(([key]) => timing.has(key)),
      ),
    }),
    "check common": checks.common,
    "check kinds": checks.kinds,
    "check keys": checks.own,
    ...Object.fromEntries(
      (alternatives(host) ?? []).map((each) => [`host ${String(at(each, "provider").const)}`, keysTable(each)]),
    ),
    secrets: keysTable({ properties: secrets }),
  };
}

/** Whether all alternatives of a union have a key, and it is no choice of theirs. */
function isOfAll(union: Described): (key: string) => boolean {
  return (key) => key !== "scope" && (alternatives(union) ?? []).every((each) => each.properties?.[key] !== undefined);
}

function at(node: Described, key: string): Described {
  const found = node.properties?.[key];
  if (found === undefined) throw new Error(`the schema has no key '${key}' there`);
  return found;
}

function valueAt(node: Described, key: string): Described {
  return valuesOf(at(node, key)) ?? {};
}

const TABLE = /(<!-- keys: ([a-zA-Z ]+) -->\n)[^]*?(<!-- end -->)/g;

/**
 * A page with its tables as they have to be: each stands between `<!-- keys: NAME -->` and `<!-- end -->`.
 *
 * @throws Error when it has a table that is not made, or lacks one that is
 */
function withTables(path: string, made: Readonly<Record<string, string>>): string {
  const missing = new Set(Object.keys(made));
  const text = readFileSync(join(PROJECT, path), "utf8").replaceAll(
    TABLE,
    (_, start: string, name: string, end: string) => {
      const table = made[name];
      if (table === undefined)
        throw new Error(`${path}: there is no table '${name}' (${Object.keys(made).join(", ")})`);
      missing.delete(name);
      return `${start}\n${table}\n\n${end}`;
    },
  );
  if (missing.size > 0)
    throw new Error(`${path}: add the tables ${[...missing].join(", ")} (<!-- keys: NAME --> and <!-- end -->)`);
  return text;
}
