/**
 * The components: the network, one site, and the interface to make hosts of one's own.
 *
 * @module components
 */
export { AnycastNetwork } from "./anycast-network.ts";
export { AnycastSite, type AnycastSiteArgs } from "./anycast-site.ts";
export { checkFirst } from "./check-first.ts";
export type { HeartbeatKey, HeartbeatKeys } from "./heartbeat-keys.ts";
export { introduceSites, type SiteElsewhere } from "./heartbeats.ts";
export { firstContact, whenReady, type FirstContact } from "./hosts/first-contact.ts";
export type { AdaptedHost, HostAdapter, HostAdapterArgs, Management } from "./hosts/host.ts";
export type { HostPreparation, ReachedHost } from "./hosts/preparation.ts";
export { NetworkContext, type AnycastNetworkArgs } from "./network-context.ts";
