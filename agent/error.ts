/** Something foreseeable went wrong: the message says what, where and what to do, and is all that is printed. */
export class AgentError extends Error {}

/** What is refused, and will be again unless a person does something. */
export class LastingError extends AgentError {}

/** The message of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Whether a file operation failed because there is no such file. */
export function isMissing(thrown: unknown): boolean {
  return hasCode(thrown, "ENOENT");
}

/** Whether a system call failed with a code, as in `ENOENT`. */
export function hasCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === code;
}
