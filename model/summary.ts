import { z } from "zod";
import type { NetworkPlan } from "./plan.ts";
import { vultrOrders, vultrOrderSchema } from "./vultr/orders.ts";

/** Who announces what by a stack file, when all is well: `network.json` of `anycast render`. */
export const summarySchema = z.strictObject({
  asn: z.int(),
  /** The least number of sites that announce each prefix (safety 1). */
  floor: z.int(),
  waves: z.array(z.array(z.string())),
  /** The ROAs by which the announcements are judged, as configured. */
  rpki: z.strictObject({ vrps: z.string(), origin: z.int().optional() }).optional(),
  /** The servers that are ordered at Vultr. Default none, as versions before 0.2 wrote none. */
  servers: z.array(vultrOrderSchema).default([]),
  prefixes: z.record(
    z.string(),
    z.strictObject({
      /** Sites that announce it in full. */
      active: z.array(z.string()),
      /** Sites that announce it as the last choice. */
      drained: z.array(z.string()),
    }),
  ),
});

export type NetworkSummary = z.output<typeof summarySchema>;

/** The same, from the plan. */
export function summaryOf({ config, floor, waves, sites, announcements }: NetworkPlan): NetworkSummary {
  return {
    asn: config.asn,
    floor,
    waves: waves.map((wave) => [...wave]),
    ...(config.rpki === undefined ? {} : { rpki: config.rpki }),
    servers: vultrOrders({ sites }),
    prefixes: Object.fromEntries(
      announcements.map(({ prefix, active, drained }) => [prefix.cidr, { active: [...active], drained: [...drained] }]),
    ),
  };
}
