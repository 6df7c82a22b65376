import { z } from "zod";
import { serial, timing } from "./check-fields.ts";
import { checkOfKind } from "./check-kinds.ts";
import { EVERY_CHECK_IS_SHARED, scopeOf } from "./check-scope.ts";
import { outsideFits } from "./check-target.ts";

type Timed = { readonly every: number; readonly timeout: number; readonly slow?: number | undefined };

/** What is wrong with the times of a check. */
function timesFit(check: Timed, context: z.RefinementCtx): void {
  const problem = (path: string, message: string): void => context.addIssue({ code: "custom", path: [path], message });
  if (check.timeout > check.every)
    problem("timeout", "timeout is longer than every: a probe would still run when the next one starts");
  if (check.slow !== undefined && check.slow >= check.timeout)
    problem("slow", "slow is not shorter than timeout: a probe that takes so long has failed");
}

/** The check of a `dns` service: how often, and how far its serials may be behind others. */
export const dnsServiceCheck = z
  .strictObject({
    ...timing,
    serial: serial
      .optional()
      .meta({ description: "Compares the zones' serials with those of other servers", absent: "not compared" }),
    signatureDays: z.int().min(0).default(0).meta({
      description:
        "The least number of days that the signatures of signed zones have to be valid still; with 0 they must not have expired",
    }),
    scope: z.literal("site").optional().meta({
      description: "`site`: a serial that is behind withdraws the site",
      absent: "it only drains it, as the primary may be at fault",
    }),
  })
  .superRefine(timesFit);

/** One check of an external service, as it stands in a stack file. What is not given has the agent's default. */
const check = checkOfKind.superRefine((value, context) => {
  timesFit(value, context);
  outsideFits(value, context);
  if (value.kind === "dns" && value.serial !== undefined && (value.type ?? "SOA") !== "SOA")
    context.addIssue({
      code: "custom",
      path: ["serial"],
      message: `${value.type} records have no serial: SOA records have one`,
    });
});

export type ServiceCheck = z.output<typeof check>;

/** Whether other sites' agents make a check. */
export function isFromPeers(one: ServiceCheck): boolean {
  return "from" in one && one.from === "peer";
}

/** The checks of an external service, with what they say of each other. */
export const checkList = z.array(check).min(1).superRefine(relationsFit);

/** How many of the checks must be up, counted in weights. */
export const quorum = z.union([z.enum(["all", "any"]), z.int().min(1)], {
  error: "must be all, any, or how many of the checks must be up, as in 2",
});

/**
 * What is wrong with the scopes of a service's checks: nothing asks the site itself, or `quorum`, which counts the weight of the checks that
 * can withdraw the site, is never reached.
 *
 * @param own all service addresses of the network: each site has them all
 */
export function scopeProblems(
  {
    checks,
    quorum: wanted,
  }: { readonly checks: readonly ServiceCheck[]; readonly quorum?: z.output<typeof quorum> | undefined },
  own: readonly string[],
): { readonly key: "checks" | "quorum"; readonly message: string }[] {
  const ofSite = checks.filter((one) => scopeOf(one, own) === "site");
  if (!ofSite.some((one) => !isFromPeers(one))) return [{ key: "checks", message: EVERY_CHECK_IS_SHARED }];
  const weight = ofSite.reduce((sum, one) => sum + (one.weight ?? 1), 0);
  if (typeof wanted !== "number" || wanted <= weight) return [];
  const message = `is ${wanted}, but the checks of scope site weigh ${weight} together: it would never be reached`;
  return [{ key: "quorum", message }];
}

function relationsFit(checks: readonly ServiceCheck[], context: z.RefinementCtx): void {
  const problem = (path: PropertyKey[], message: string): void => context.addIssue({ code: "custom", path, message });
  const byId = new Map<string, ServiceCheck>();
  for (const [index, one] of checks.entries()) {
    if (one.id === undefined) continue;
    if (byId.has(one.id)) problem([index, "id"], `there is another check with the id '${one.id}'`);
    byId.set(one.id, one);
  }
  for (const [index, one] of checks.entries())
    for (const [place, id] of (one.dependsOn ?? []).entries()) {
      const path = [index, "dependsOn", place];
      const known = [...byId.keys()].filter((other) => other !== one.id).join(", ") || "none has an id";
      if (id === one.id) problem(path, "a check cannot depend on itself");
      else if (!byId.has(id)) problem(path, `there is no check with the id '${id}' (other checks: ${known})`);
      else if (one.id !== undefined && reaches(byId, id, one.id))
        problem(path, `'${id}' depends on this check in turn: leave one of the two out`);
    }
}

/** Whether a check depends on another one, directly or by others. */
function reaches(byId: ReadonlyMap<string, ServiceCheck>, from: string, to: string, seen = new Set<string>()): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return (byId.get(from)?.dependsOn ?? []).some((next) => reaches(byId, next, to, seen));
}
