/** Who reads a message and for how long: a `status` is shown while it is the latest, the others stay. */
export type Severity = "status" | "warning" | "error";

/** What an operation on a resource is given beside the resource's properties. */
export interface Context {
  /** Shows a message beside the resource; messages arrive in order. */
  log: (severity: Severity, message: string) => Promise<void>;
  /** Aborted when the user cancels the update. */
  signal: AbortSignal;
}
