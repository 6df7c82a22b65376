import * as pulumi from "@pulumi/pulumi";
import { HEARTBEAT_PORT } from "../model/paths.ts";
import { choosePeers, type Peers } from "../model/peers.ts";
import type { AnycastSite } from "./anycast-site.ts";
import type { HeartbeatKey, HeartbeatKeys } from "./heartbeat-keys.ts";

/** A site that another program makes: all that a peer has to know of it. */
export interface SiteElsewhere {
  /** The host's own addresses, as that site's output `addresses`. */
  readonly addresses: pulumi.Input<string[]>;
}

/**
 * Has each site exchange heartbeats with its peers. Without keys, none does.
 *
 * @param sites all sites of the network, by name; those that other programs make are told by them
 */
export function introduceSites(
  sites: ReadonlyMap<string, AnycastSite | SiteElsewhere>,
  keys: HeartbeatKeys | undefined,
): void {
  if (keys === undefined) return;
  for (const [name, chosen] of choosePeers([...sites.keys()])) {
    const site = sites.get(name);
    if (site === undefined || !("introduce" in site)) continue;
    const peers = pulumi.all(
      chosen.map((peer) =>
        pulumi
          .output(sites.get(peer)?.addresses ?? [])
          .apply((addresses) => ({ site: peer, addresses, port: HEARTBEAT_PORT })),
      ),
    );
    const names = [...sites.keys()].toSorted();
    site.introduce(pulumi.all([keys, peers]).apply(([own, told]) => peersText({ ...own, told }, names)));
  }
}

/** peers.json. A host without an address of its own cannot be a peer. */
function peersText(
  { told, ...keys }: HeartbeatKey & { readonly told: Peers["peers"] },
  sites: readonly string[],
): string {
  const peers = told.filter(({ addresses }) => addresses.length > 0);
  const text: Peers = { format: 1, ...keys, peers, sites: [...sites] };
  return JSON.stringify(text);
}
