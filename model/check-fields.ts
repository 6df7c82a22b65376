import { z } from "zod";
import { duration } from "./duration.ts";
import { address, name, port } from "./fields.ts";

/** How often a check runs and how many results in a row change the verdict. */
export const timing = {
  every: duration
    .prefault("1 s")
    .meta({ description: "From one probe to the next; each time up to a tenth more or less, at random" }),
  timeout: duration.prefault("500 ms").meta({ description: "When a probe has failed; at most `every`" }),
  fall: z.int().min(1).default(2).meta({ description: "Failures in a row before the check is down" }),
  rise: z.int().min(1).default(2).meta({ description: "Successes in a row before it is up" }),
  slow: duration.optional().meta({
    description: "A success that takes longer is slow: `fall` of them in a row drain the site, and never withdraw it",
    example: "200 ms",
    absent: "none",
  }),
};

/** What every check of an external service has besides its question. */
export const common = {
  ...timing,
  id: name.optional().meta({ description: "What other checks of the service call it in `dependsOn`", absent: "none" }),
  scope: z.enum(["site", "shared"]).optional().meta({
    description: "`site`, or `shared`: asks what other sites depend on too; it drains at most and never withdraws",
    absent:
      "`shared` for an `address` that is not the site's own, and for what `serial`, `signatureDays`, `certificateDays` and `offset` ask; else `site`",
  }),
  weight: z
    .int()
    .min(1)
    .optional()
    .meta({ description: "What it counts towards a `quorum` that is a number", absent: "1" }),
  dependsOn: z.array(name).min(1).optional().meta({
    description:
      "`id`s of checks whose failure explains this one's: while one of them is down, this one counts as that one does",
    absent: "none",
  }),
};

/** Whom a network check asks. Default: each address of the service. */
export const target = {
  address: address.optional().meta({
    description: "Whom the check asks, when it is not the service itself",
    absent: "each address of the service",
  }),
};

/** How a zone is compared with what other servers have. */
export const serial = z.strictObject({
  servers: z
    .array(address.meta({ example: "192.0.2.1" }))
    .min(1)
    .meta({ description: "Other servers of the zone" }),
  behind: z
    .int()
    .min(0)
    .default(0)
    .meta({ description: "How many serials the zone may be behind the newest of them (RFC 1982)" }),
});

/** What a check by HTTP asks for and wants. */
export const http = {
  path: z.string().startsWith("/").optional().meta({ description: "The path that is asked for", absent: "`/`" }),
  host: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "The Host header, and the name in the certificate", absent: "the address" }),
  status: z.int().min(100).max(599).optional().meta({ description: "The status of the response", absent: "200" }),
  body: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "Text that the body of the response has to contain", absent: "any" }),
  headers: z
    .record(z.string().min(1), z.string())
    .optional()
    .meta({ description: "Headers that the response has to have, with these values", absent: "none" }),
};

/** The port of a check of TCP or UDP. */
export function portOf(usual: string) {
  return port.optional().meta({ description: "The port", absent: usual });
}
