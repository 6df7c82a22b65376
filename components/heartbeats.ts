import * as pulumi from "@pulumi/pulumi";
import { HEARTBEAT_PORT } from "../model/paths.ts";
import { choosePeers, type Peers } from "../model/peers.ts";
import type { AnycastSite } from "./anycast-site.ts";
import type { HeartbeatKey, HeartbeatKeys } from "./heartbeat-keys.ts";

/** Has each site exchange heartbeats with its peers. Without keys, none does. */
export function introduceSites(sites: ReadonlyMap<string, AnycastSite>, keys: HeartbeatKeys | undefined): void {
  if (keys === undefined) return;
  for (const [name, chosen] of choosePeers([...sites.keys()])) {
    const peers = pulumi.all(
      chosen.flatMap((peer) => {
        const site = sites.get(peer);
        return site === undefined
          ? []
          : [site.addresses.apply((addresses) => ({ site: peer, addresses, port: HEARTBEAT_PORT }))];
      }),
    );
    sites.get(name)?.introduce(pulumi.all([keys, peers]).apply(([own, told]) => peersText({ ...own, told })));
  }
}

/** peers.json. A host without an address of its own cannot be a peer. */
function peersText({ told, ...keys }: HeartbeatKey & { readonly told: Peers["peers"] }): string {
  const peers: Peers = { format: 1, ...keys, peers: told.filter(({ addresses }) => addresses.length > 0) };
  return JSON.stringify(peers);
}
