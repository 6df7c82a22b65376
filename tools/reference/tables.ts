import { absentText, alternatives, valuesOf, whatText, type Described } from "./described.ts";

/** A key with all that a table says of it. */
interface Row {
  readonly key: string;
  readonly what: string;
  readonly absent: string;
}

/**
 * The table of the keys of an object, and of the objects in it.
 *
 * @param without keys that are left out, wherever they are
 */
export function keysTable(object: Described, without: ReadonlySet<string> = new Set()): string {
  const rows = rowsOf(object, "", without);
  return markdown(
    ["key", "what", "default"],
    rows.map(({ key, what, absent }) => [`\`${key}\``, what, absent]),
  );
}

function rowsOf({ properties = {}, required = [] }: Described, prefix: string, without: ReadonlySet<string>): Row[] {
  return Object.entries(properties)
    .filter(([key, { const: fixed }]) => !without.has(key) && !isDiscriminator(key, fixed))
    .flatMap(([key, node]) => rowsOfKey(`${prefix}${key}`, node, required.includes(key), without));
}

/** The key that says which of several kinds an object is. */
function isDiscriminator(key: string, fixed: unknown): boolean {
  return fixed !== undefined && (key === "kind" || key === "provider");
}

function rowsOfKey(key: string, node: Described, isRequired: boolean, without: ReadonlySet<string>): Row[] {
  const own: Row = { key, what: whatText(node), absent: absentText(node, isRequired) ?? "–" };
  if (node.properties !== undefined) {
    const inner = rowsOf(node, `${key}.`, without);
    // Where all of it has defaults, the object itself says nothing.
    return node.absent === undefined && !isRequired ? inner : [own, ...inner];
  }
  const values = valuesOf(node);
  if (values?.properties !== undefined) return [own, ...rowsOf(values, `${key}.<name>.`, without)];
  if (node.items?.properties !== undefined) return [own, ...rowsOf(node.items, `${key}[].`, without)];
  return [own];
}

/** The tables of a union: its kinds, the keys that all have, and the other keys with the kinds that have them. */
export interface KindTables {
  readonly kinds: string;
  readonly common: string;
  readonly own: string;
}

/** @param elsewhere keys that another table has */
export function kindTables(union: Described, elsewhere: ReadonlySet<string>): KindTables {
  const kinds = (alternatives(union) ?? []).map((node) => ({ name: kindOf(node), node }));
  const [first] = kinds;
  if (first === undefined) throw new Error("a union without alternatives");
  const everywhere = Object.keys(first.node.properties ?? {}).filter((key) =>
    kinds.every(({ node }) => node.properties?.[key] !== undefined),
  );
  const owners = new Map<string, { row: Row; names: string[] }>();
  for (const { name, node } of kinds)
    for (const row of rowsOf(node, "", new Set(everywhere))) {
      const known = owners.get(JSON.stringify(row));
      if (known === undefined) owners.set(JSON.stringify(row), { row, names: [name] });
      else known.names.push(name);
    }
  const own = [...owners.values()].toSorted((a, b) => a.row.key.localeCompare(b.row.key, "en"));
  const others = Object.keys(first.node.properties ?? {}).filter((key) => !everywhere.includes(key));
  return {
    kinds: markdown(
      ["kind", "is up when"],
      kinds.map(({ name, node }) => [`\`${name}\``, node.description ?? ""]),
    ),
    common: keysTable(first.node, new Set([...others, ...elsewhere])),
    own: markdown(
      ["key", "of", "what", "default"],
      own.map(({ row, names }) => [
        `\`${row.key}\``,
        names.map((name) => `\`${name}\``).join(", "),
        row.what,
        row.absent,
      ]),
    ),
  };
}

function kindOf({ properties = {} }: Described): string {
  return String(properties["kind"]?.const ?? properties["provider"]?.const);
}

/** The alternative of a union that a kind names. */
export function ofKind(union: Described, kind: string): Described {
  const found = (alternatives(union) ?? []).find((node) => kindOf(node) === kind);
  if (found === undefined) throw new Error(`there is no kind '${kind}'`);
  return found;
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
