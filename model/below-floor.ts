/** The variable of the environment that names the prefixes which may fall below the floor, in the run that it is set for. */
export const PERMIT_VARIABLE = "ANYCAST_BELOW_FLOOR";

/** What to do to take prefixes below their floor on purpose. */
export function belowOnPurpose(cidrs: readonly string[]): string {
  return `to do it on purpose, in one run: ${PERMIT_VARIABLE}=${cidrs.join(",")} pulumi up (docs/below-the-floor.md)`;
}
