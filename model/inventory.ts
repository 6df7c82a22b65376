import { z } from "zod";
import { applyResultSchema } from "./manifest.ts";

const siteInventorySchema = z.strictObject({
  name: z.string(),
  state: z.enum(["active", "drained"]),
  provider: z.string(),
  /** The provider's region; null for an existing host. */
  region: z.string().nullable(),
  profile: z.string(),
  location: z.strictObject({ latitude: z.number(), longitude: z.number() }),
  /** Where SSH reaches the host. */
  management: z.strictObject({ address: z.string(), port: z.int(), user: z.string(), hostKey: z.string() }),
  /** The host's own unicast addresses. */
  addresses: z.strictObject({ ipv4: z.string().nullable(), ipv6: z.string().nullable() }),
  neighbors: z.array(
    z.strictObject({
      family: z.union([z.literal(4), z.literal(6)]),
      address: z.string(),
      asn: z.int(),
      source: z.string(),
      multihop: z.int().nullable(),
      ttlSecurity: z.boolean().optional(),
      password: z.boolean(),
    }),
  ),
  /** Prefix → what it was after the last apply. */
  announces: applyResultSchema.shape.prefixes,
  versions: applyResultSchema.shape.versions,
  /** SHA-256 of the applied manifest, hex. */
  manifestDigest: z.string(),
  /** What the last apply warned of. */
  warnings: applyResultSchema.shape.warnings.default([]),
});

/** The stack output `inventory`: what is announced where, by what. Free of secrets. */
export const inventorySchema = z.strictObject({
  asn: z.int(),
  prefixes: z.array(z.string()),
  services: z.record(z.string(), z.strictObject({ kind: z.enum(["dns", "external"]), addresses: z.array(z.string()) })),
  floor: z.int(),
  waves: z.array(z.array(z.string())),
  sites: z.record(z.string(), siteInventorySchema),
});

/** The stack output `inventory`: what is announced where, by what. Free of secrets. */
export type Inventory = z.output<typeof inventorySchema>;
/** A site in the inventory. */
export type SiteInventory = z.output<typeof siteInventorySchema>;
