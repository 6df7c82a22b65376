import { canonicalAddress } from "./ip.ts";

/** Whose fault a failing check is: the site's own, or of something that other sites depend on too (safety 2). */
export type CheckScope = "site" | "shared";

/** What of a check decides its scope. */
export interface Scoped {
  readonly scope?: CheckScope | undefined;
  /** Whom it asks. Default: the site. */
  readonly address?: string | undefined;
  /** What other checks call it. */
  readonly id?: string | undefined;
}

/** Why a service without any check of the site itself is refused. */
export const EVERY_CHECK_IS_SHARED =
  "every check is shared or made by other sites: at least one must ask the site itself, from its own host (a check of another address is shared unless it says scope: site)";

/** The loopback addresses: whoever answers there is on the host. */
const LOOPBACK = /^(127\.|::1$)/;

/**
 * Returns the scope of a check: as written, else `shared` for the address of somebody else.
 *
 * @param own the site's addresses; without any, nobody can tell, and every address counts as its own
 */
export function scopeOf({ scope, address }: Scoped, own: readonly string[]): CheckScope {
  if (scope !== undefined) return scope;
  if (address === undefined || address === "host" || own.length === 0) return "site";
  const asked = canonicalAddress(address) ?? address;
  return LOOPBACK.test(asked) || own.some((each) => canonicalAddress(each) === asked) ? "site" : "shared";
}

/** What a check can ask about something that all sites share, beside its own question: the zone's newest serial and its signatures, the certificate, the right time. */
const SHARED_QUESTIONS = ["serial", "signatureDays", "certificateDays", "offset"] as const;

/**
 * Gives each check its scope. One without a written scope that asks the site and, beside that, about what all sites share becomes two: the
 * first withdraws when the site does not answer, the second only drains, and says nothing while the first fails.
 *
 * @param own the site's addresses, as for {@link scopeOf}
 */
export function withScopes<Check extends Scoped & { readonly dependsOn: readonly string[] }>(
  checks: readonly Check[],
  own: readonly string[],
): (Check & { scope: CheckScope })[] {
  return checks.flatMap((check, index) => {
    const scope = scopeOf(check, own);
    const asked = SHARED_QUESTIONS.filter((key) => (check as Record<string, unknown>)[key] !== undefined);
    if (check.scope !== undefined || scope === "shared" || asked.length === 0) return [{ ...check, scope }];
    const id = check.id ?? `#${index}`;
    const question = { ...check, ...Object.fromEntries(asked.map((key) => [key, undefined])), id, scope };
    const dependsOn = [...check.dependsOn, id];
    return [question, { ...check, id: undefined, dependsOn, slow: undefined, scope: "shared" as const }];
  });
}
