import type { Field, Properties, ResourceType } from "./resource.ts";
import { containsUnknown, plain, type WireObject } from "./wire.ts";

/** How one property differs. */
export interface Difference {
  readonly property: string;
  readonly kind: "add" | "update" | "delete";
  readonly replaces: boolean;
  /** False when it is an output that is not as it should be. */
  readonly isInput: boolean;
}

/**
 * What differs between the inputs in the state, which a refresh has made those of the resource as it is, and the new
 * ones. What is not known yet counts as another value.
 */
export function differences(
  type: ResourceType,
  oldInputs: WireObject,
  state: WireObject,
  news: WireObject,
): Difference[] {
  const found: Difference[] = [];
  const before = plain(oldInputs) as Properties;
  const after = plain(news) as Properties;
  for (const [property, field] of Object.entries<Field>(type.inputs)) {
    if (field.change === "ignore") continue;
    const [old, wanted] = [before[property], after[property]];
    // Not known since an import: what cannot be read back is taken as it is said to be.
    if (field.change === "replace" && old === "") continue;
    if (keyOf(field, old) === keyOf(field, wanted)) continue;
    const kind = isEmpty(old) ? "add" : isEmpty(wanted) ? "delete" : "update";
    found.push({ property, kind, replaces: field.change === "replace", isInput: true });
  }
  const wrong = type.wrongOutput?.(plain(state) as Properties);
  if (wrong !== undefined) found.push({ property: wrong, kind: "update", replaces: false, isInput: false });
  return found;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

function keyOf({ key }: Field, value: unknown): string {
  if (isEmpty(value)) return "";
  return key === undefined || containsUnknown(value) ? JSON.stringify(value) : key(value);
}
