import type { Field, Properties, ResourceType } from "./resource.ts";
import { containsSecret, containsUnknown, plain, secret, type WireObject } from "./wire.ts";

/** What is wrong with one property. */
export interface Failure {
  readonly property: string;
  readonly reason: string;
}

/** Judges inputs, and returns them in their normal form; what is not known yet is left as it is. */
export function checkInputs(
  type: ResourceType,
  news: WireObject,
): { readonly inputs: WireObject; readonly failures: readonly Failure[] } {
  const fields = Object.entries<Field>(type.inputs);
  const inputs: Record<string, unknown> = {};
  const failures: Failure[] = Object.keys(news)
    .filter((name) => !(name in type.inputs))
    .map((name) => ({ property: name, reason: `is not known; there is ${fields.map(([each]) => each).join(", ")}` }));
  for (const [name, field] of fields) {
    const given = news[name];
    const value = plain(given);
    if (value === undefined || value === null) {
      if (field.optional === undefined) failures.push({ property: name, reason: "is required" });
      continue;
    }
    const hidden = field.secret === true || containsSecret(given);
    if (containsUnknown(value)) {
      inputs[name] = hidden ? secret(value) : given;
      continue;
    }
    const parsed = field.schema.safeParse(value);
    if (parsed.success) inputs[name] = hidden ? secret(parsed.data) : parsed.data;
    else
      for (const { path, message } of parsed.error.issues)
        failures.push({ property: [name, ...path.map(String)].join("."), reason: message });
  }
  return { inputs, failures };
}

/** The state of a resource: its inputs, and what Vultr says. */
export function stateOf(type: ResourceType, inputs: Properties, facts: Properties): WireObject {
  const hidden = (name: string): boolean =>
    (type.inputs as Readonly<Record<string, Field>>)[name]?.secret === true || type.outputs[name]?.secret === true;
  return Object.fromEntries(
    Object.entries({ ...inputs, ...facts })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, hidden(name) ? secret(value) : value]),
  );
}
