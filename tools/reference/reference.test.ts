import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, expectTypeOf, test } from "vitest";
import type { z } from "zod";
import type { neighbor } from "../../model/host-schema.ts";
import { networkSchema, type NeighborInput, type NetworkInput } from "../../model/schema.ts";
import { alternatives, describe as describeSchema, valuesOf, type Described } from "./described.ts";
import { referenceFiles } from "./files.ts";

const PROJECT = join(import.meta.dirname, "../..");

test("what is made from the schema is as it has to be: else run 'npm run reference'", async () => {
  const files = await referenceFiles();
  const now = files.map(({ path }) => ({ path, content: readFileSync(join(PROJECT, path), "utf8") }));
  expect(now).toEqual(files);
});

test("the types that are made are those of the schema", () => {
  expectTypeOf<NetworkInput>().toEqualTypeOf<z.input<typeof networkSchema>>();
  expectTypeOf<NeighborInput>().toEqualTypeOf<z.input<typeof neighbor>>();
});

/** The keys below a node that have no description. */
function undescribed(node: Described, path: string): string[] {
  const own = Object.entries(node.properties ?? {}).flatMap(([key, each]) => [
    ...(each.description === undefined && each.const === undefined ? [`${path}.${key}`] : []),
    ...undescribed(each, `${path}.${key}`),
  ]);
  const inner = [valuesOf(node), node.items, ...(alternatives(node) ?? [])];
  return [...own, ...inner.flatMap((each) => (each === undefined ? [] : undescribed(each, `${path}[]`)))];
}

test("every key is described", () => {
  expect(undescribed(describeSchema(networkSchema), "network")).toEqual([]);
});
