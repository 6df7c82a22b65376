import { isDeepStrictEqual } from "node:util";
import type { DiffResult } from "@pulumi/pulumi/provider/index.js";
import { isObject, plain, sourceOf, type Wire, type WireObject } from "./wire.ts";

/**
 * What the plugin has to say about a change: that other `triggers` replace the resource. Which inputs changed is left to
 * the engine (`changes` unset): it compares old and new inputs as the official plugin does, path by path, and an input
 * that changed is an update.
 */
export function diff(olds: WireObject, news: WireObject): DiffResult {
  const same = isDeepStrictEqual(comparable(olds["triggers"]), comparable(news["triggers"]));
  return same ? {} : { replaces: ["triggers"] };
}

/** Two assets are the same if their contents are, wherever they lie. */
function comparable(value: Wire): Wire {
  const item = plain(value);
  if (Array.isArray(item)) return item.map(comparable);
  const source = sourceOf(item);
  if (source) return { kind: source.kind, hash: source.hash };
  if (isObject(item)) return Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, comparable(inner)]));
  return item;
}
