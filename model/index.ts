/**
 * The configuration, what follows from it, and what comes out: plain data, no Pulumi, no I/O.
 *
 * @module model
 */
export type { CommunityForm, Part, ProviderCommunities } from "./communities.ts";
export { ConfigError, type Problem } from "./config-error.ts";
export type { HostFacts, Neighbor } from "./host.ts";
export { inventorySchema, type Inventory, type SiteInventory } from "./inventory.ts";
export type { Family, Prefix } from "./ip.ts";
export type { HostVersions, Manifest, ManifestFile, Secrets } from "./manifest.ts";
export type { Location } from "./metros.ts";
export { planNetwork } from "./plan-network.ts";
export type { Announcement, NetworkPlan, SitePlan } from "./plan.ts";
export { allowedRegions, minimumSites, noPublicSsh, requiredCommunities, type Policy } from "./policy.ts";
export {
  PROFILES,
  type BgpProfile,
  type BgpTimers,
  type ProfileLimits,
  type ProfileName,
  type ProfileNeighbor,
} from "./profiles.ts";
export type { Circumstances } from "./rules.ts";
export {
  networkSchema,
  type ExistingHostConfig,
  type HostConfig,
  type NeighborInput,
  type NetworkConfig,
  type NetworkInput,
  type ServiceConfig,
  type SiteConfig,
} from "./schema.ts";
