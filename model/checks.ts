import { z } from "zod";
import { EVERY_CHECK_IS_SHARED, scopeOf } from "./check-scope.ts";
import { hostOrAddress, outsideFits, outsideTarget } from "./check-target.ts";
import { DNS_FLAGS, DNS_RCODES, DNS_TYPES } from "./dns.ts";
import { duration } from "./duration.ts";
import { address, bytes, name, port, unitName, zoneName } from "./fields.ts";

/** How often a check runs and how many results in a row change the verdict. */
const timing = {
  /** The interval; each is shortened or prolonged by up to a tenth at random. Default 1 s. */
  every: duration.default(1000),
  /** When a probe counts as failed; at most `every`. Default 500 ms. */
  timeout: duration.default(500),
  /** Failures in a row before the service counts as down. Default 2. */
  fall: z.int().min(1).default(2),
  /** Successes in a row before it counts as up. Default 2. */
  rise: z.int().min(1).default(2),
  /** A success that takes longer counts as slow; `fall` slow probes in a row drain the site and never withdraw it. Default: none is slow. */
  slow: duration.optional(),
};

/** What every check of an external service has besides its question. */
const common = {
  ...timing,
  /** What other checks of the service call it in `dependsOn`. */
  id: name.optional(),
  /**
   * `shared`: asks something that other sites depend on too; it drains at most and never withdraws (safety 2). Default: `shared` for an
   * `address` that is not the site's own, and for what `serial`, `signatureDays`, `certificateDays` and `offset` ask; else `site`.
   */
  scope: z.enum(["site", "shared"]).optional(),
  /** What it counts towards the service's `quorum`. Default 1. */
  weight: z.int().min(1).optional(),
  /** Checks of the service whose failure explains this one's: while one of them is down, this one counts as that one does. */
  dependsOn: z.array(name).min(1).optional(),
};

/** Whom a network check asks. Default: each address of the service. */
const target = { address: address.optional() };

const serial = z.strictObject({
  /** Other servers of the zone. */
  servers: z.array(address).min(1),
  /** How many serials it may be behind the newest of them (RFC 1982). Default 0. */
  behind: z.int().min(0).default(0),
});

const http = {
  port: port.optional(),
  path: z.string().startsWith("/").optional(),
  /** The Host header, and the name in the certificate. Default: the address. */
  host: z.string().min(1).optional(),
  status: z.int().min(100).max(599).optional(),
  /** Text that the body must contain. */
  body: z.string().min(1).optional(),
  /** Headers that the response must have, with these values. */
  headers: z.record(z.string().min(1), z.string()).optional(),
};

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
    serial: serial.optional(),
    /** The least number of days that the signatures of signed zones must still be valid. Default 0: they must not have expired. */
    signatureDays: z.int().min(0).default(0),
    /** `site`: a serial that is behind withdraws the site. Default: it only drains it, as the primary may be at fault. */
    scope: z.literal("site").optional(),
  })
  .superRefine(timesFit);

/** One check of an external service, as it stands in a stack file. What is not given has the agent's default. */
const check = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("dns"),
      port: port.optional(),
      name: zoneName,
      type: z.enum(DNS_TYPES).optional(),
      rcode: z.enum(DNS_RCODES).optional(),
      flags: z.array(z.enum(DNS_FLAGS)).optional(),
      /** Data that one of the records must have, as in `192.0.2.1`. */
      answer: z.string().min(1).optional(),
      serial: serial.optional(),
      /** The least number of days that the answer's signatures must still be valid. Default: not asked. */
      signatureDays: z.int().min(0).optional(),
      ...outsideTarget,
      ...common,
    }),
    z.strictObject({ kind: z.literal("http"), ...http, ...outsideTarget, ...common }),
    z.strictObject({
      kind: z.literal("https"),
      ...http,
      /** The least number of days that the certificate must still be valid. */
      certificateDays: z.int().min(0).optional(),
      /** Whether the certificate must be trusted by the host and name `host`. Default true. */
      verify: z.boolean().optional(),
      ...outsideTarget,
      ...common,
    }),
    z.strictObject({ kind: z.literal("tcp"), port, banner: bytes.min(1).optional(), ...outsideTarget, ...common }),
    z.strictObject({
      kind: z.literal("udp"),
      port,
      send: bytes.min(1),
      expect: bytes.min(1),
      ...outsideTarget,
      ...common,
    }),
    /** The service's own addresses are the host's: it would answer itself. */
    z.strictObject({ kind: z.literal("icmp"), ...outsideTarget, address: hostOrAddress, ...common }),
    z.strictObject({
      kind: z.literal("ntp"),
      port: port.optional(),
      stratum: z.int().min(1).max(15).optional(),
      offset: duration.optional(),
      ...target,
      ...common,
    }),
    z.strictObject({ kind: z.literal("command"), argv: z.array(z.string()).min(1), ...common }),
    z.strictObject({ kind: z.literal("file"), path: z.string().startsWith("/"), age: duration.optional(), ...common }),
    z.strictObject({ kind: z.literal("unit"), unit: unitName, ...common }),
  ])
  .superRefine((value, context) => {
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
