import type { z } from "zod";
import { unexpected } from "./error.ts";

/** An answer as `schema` understands it. */
export function parseAnswer<T>(schema: z.ZodType<T>, answer: unknown, method: string, path: string): T {
  const { data, success } = schema.safeParse(answer);
  if (!success) throw unexpected(method, path);
  return data;
}
