import type { z } from "zod";
import type { WireObject } from "./wire.ts";

/** What `schema` has against some properties, each with its path. */
export function problemsOf(schema: z.ZodType, properties: WireObject): string[] {
  const issues = schema.safeParse(properties).error?.issues ?? [];
  return issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

/** The properties as `schema` understands them; throws with all that is wrong in one sentence. */
export function parseProperties<T>(schema: z.ZodType<T>, properties: WireObject): T {
  const { data, success } = schema.safeParse(properties);
  if (!success) throw new Error(problemsOf(schema, properties).join("; "));
  return data;
}
