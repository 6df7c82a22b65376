import { InvalidArgumentError } from "commander";
import { operatorDuration } from "../../model/duration.ts";

/** Reads an option like `--for` before any host is asked, as a text that the agent of any version reads. */
export function durationOption(text: string): string {
  const parsed = operatorDuration.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError(parsed.error.issues[0]?.message ?? "no duration");
  return `${parsed.data} ms`;
}
