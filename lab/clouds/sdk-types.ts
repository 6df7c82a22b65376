import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import ts from "typescript";

/** The type of a property, as far as the SDK's declarations tell it. */
export type PropertyType =
  | { readonly kind: "string" | "number" | "boolean" | "any" }
  | { readonly kind: "array" | "map"; readonly of: PropertyType }
  | { readonly kind: "object"; readonly fields: Fields };

/** Properties by name. */
export type Fields = Readonly<Record<string, Field>>;

/** A property. */
export interface Field {
  readonly type: PropertyType;
  readonly required: boolean;
}

/** What an SDK knows of a resource or a function: the properties that its user may give, and those that come back. */
export interface SdkType {
  readonly inputs: Fields;
  readonly outputs: Fields;
}

const require = createRequire(import.meta.url);

/** The types of a Pulumi SDK that was installed by npm, read from its declarations. */
export class Sdk {
  /** The package's version, as in `2.21.0`. */
  readonly version: string;
  readonly #folder: string;
  readonly #known = new Map<string, SdkType | undefined>();

  /** @param npmName as in `@pulumi/equinix-metal` */
  constructor(npmName: string) {
    const manifest = require.resolve(`${npmName}/package.json`);
    this.#folder = dirname(manifest);
    this.version = (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version.replace(/^v/, "");
  }

  /**
   * The types of a resource or function by its token, as in `vultr:index/instance:Instance`; undefined when the SDK has none of that
   * token.
   */
  typeOf(token: string): SdkType | undefined {
    if (!this.#known.has(token)) this.#known.set(token, this.#read(token));
    return this.#known.get(token);
  }

  #read(token: string): SdkType | undefined {
    const [, path = "", member = ""] = token.split(":");
    const wanted = `${path.split("/").at(-1) ?? ""}.d.ts`.toLowerCase();
    const file = readdirSync(this.#folder).find((name) => name.toLowerCase() === wanted);
    if (file === undefined) return undefined;
    const program = readFileSync(join(this.#folder, file.replace(/\.d\.ts$/, ".js")), "utf8");
    if (!program.includes(`'${token}'`) && !program.includes(`"${token}"`)) return undefined;
    const own = interfacesIn(join(this.#folder, file));
    const nested = {
      inputs: interfacesIn(join(this.#folder, "types", "input.d.ts")),
      outputs: interfacesIn(join(this.#folder, "types", "output.d.ts")),
    };
    const name = `${member.charAt(0).toUpperCase()}${member.slice(1)}`;
    const fields = (suffix: string) => fieldsOf(own.get(`${name}${suffix}`), nested);
    return member === name
      ? { inputs: fields("Args"), outputs: fields("State") }
      : { inputs: fields("Args"), outputs: fields("Result") };
  }
}

type Interfaces = ReadonlyMap<string, ts.InterfaceDeclaration>;

const files = new Map<string, Interfaces>();

function interfacesIn(path: string): Interfaces {
  const known = files.get(path);
  if (known !== undefined) return known;
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const { statements } = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const found = new Map(statements.filter(ts.isInterfaceDeclaration).map((each) => [each.name.text, each]));
  files.set(path, found);
  return found;
}

type Nested = Readonly<Record<"inputs" | "outputs", Interfaces>>;

function fieldsOf(declaration: ts.InterfaceDeclaration | undefined, nested: Nested): Fields {
  const members = [...(declaration?.members ?? [])].filter(ts.isPropertySignature);
  return Object.fromEntries(
    members.map((member) => [
      (member.name as ts.Identifier).text,
      { required: member.questionToken === undefined, type: typeOf(member.type, nested) },
    ]),
  );
}

/** What stands in the declarations of Pulumi's code generator, and nothing else that TypeScript has. */
function typeOf(node: ts.TypeNode | undefined, nested: Nested): PropertyType {
  if (node === undefined) return { kind: "any" };
  if (node.kind === ts.SyntaxKind.StringKeyword) return { kind: "string" };
  if (node.kind === ts.SyntaxKind.NumberKeyword) return { kind: "number" };
  if (node.kind === ts.SyntaxKind.BooleanKeyword) return { kind: "boolean" };
  if (ts.isArrayTypeNode(node)) return { kind: "array", of: typeOf(node.elementType, nested) };
  // `string | enums.Plan`: the enumeration only names some of the values.
  if (ts.isUnionTypeNode(node)) return typeOf(node.types[0], nested);
  if (ts.isTypeLiteralNode(node)) {
    const [member] = node.members;
    const index = member !== undefined && ts.isIndexSignatureDeclaration(member) ? member.type : undefined;
    return { kind: "map", of: typeOf(index, nested) };
  }
  if (!ts.isTypeReferenceNode(node) || !ts.isQualifiedName(node.typeName)) return { kind: "any" };
  const { left, right } = node.typeName;
  const module = (left as ts.Identifier).text;
  if (module === "pulumi" && right.text === "Input") return typeOf(node.typeArguments?.[0], nested);
  if (module !== "inputs" && module !== "outputs") return { kind: "any" };
  return { kind: "object", fields: fieldsOf(nested[module].get(right.text), nested) };
}
