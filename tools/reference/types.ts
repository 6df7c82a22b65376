import { absentText, alternatives, valuesOf, whatText, type Described } from "./described.ts";
import { sentence } from "./editor-schema.ts";

/** An interface of TypeScript, with a comment for each key that an editor shows. */
export function interfaceOf(name: string, about: string, { properties = {}, required = [] }: Described): string {
  return `/** ${about} */\nexport interface ${name} {\n${members(properties, required)}\n}\n`;
}

function members(properties: Readonly<Record<string, Described>>, required: readonly string[]): string {
  return Object.entries(properties)
    .map(([key, node]) => {
      const isRequired = required.includes(key);
      const [mark, more] = isRequired ? ["", ""] : ["?", " | undefined"];
      return `${comment(node, isRequired)}${key}${mark}: ${typeOf(node)}${more};`;
    })
    .join("\n");
}

function comment(node: Described, isRequired: boolean): string {
  if (node.description === undefined) return "";
  return `/** ${sentence(whatText(node), absentText(node, isRequired)).replaceAll("*/", "*\\/")} */\n`;
}

function typeOf(node: Described): string {
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum !== undefined) return node.enum.map((value) => JSON.stringify(value)).join(" | ");
  const union = alternatives(node);
  if (union !== undefined) return union.map(typeOf).join(" | ");
  const values = valuesOf(node);
  if (values !== undefined) return recordOf(node.propertyNames, values);
  if (node.type === undefined) return "unknown";
  switch (node.type) {
    case "object":
      return `{\n${members(node.properties ?? {}, node.required ?? [])}\n}`;
    case "array":
      return `(${typeOf(node.items ?? {})})[]`;
    case "integer":
    case "number":
      return "number";
    case "string":
    case "boolean":
      return node.type;
  }
}

function recordOf(keys: Described | undefined, values: Described): string {
  if (keys?.enum === undefined) return `Record<string, ${typeOf(values)}>`;
  return `{ ${keys.enum.map((key) => `${String(key)}?: ${typeOf(values)}`).join("; ")} }`;
}
