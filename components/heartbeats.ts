import * as pulumi from "@pulumi/pulumi";
import { HEARTBEAT_PORT } from "../model/paths.ts";
import { choosePeers, type Peers } from "../model/peers.ts";
import type { AnycastSite } from "./anycast-site.ts";
import { closeFirewalls } from "./close-firewalls.ts";
import type { HeartbeatKey, HeartbeatKeys } from "./heartbeat-keys.ts";

/** A site that another program makes: all that a peer has to know of it. */
export interface SiteElsewhere {
  /** The host's own addresses, as that site's output `addresses`. */
  readonly addresses: pulumi.Input<string[]>;
}

/**
 * Has each site exchange heartbeats with its peers; without keys, none does. The first of the sites is the canary: the others get their peers when it
 * has its own. To be called when all sites of the program are declared: the firewalls that several are behind then close what none needs any more, and
 * the user data of all hosts, which have their private keys, is overwritten at the providers.
 *
 * @param sites all sites of the network, by name; those that other programs make are told by them
 */
export function introduceSites(
  sites: ReadonlyMap<string, AnycastSite | SiteElsewhere>,
  keys: HeartbeatKeys | undefined,
): void {
  const own = [...sites].flatMap(([name, site]) => ("introduce" in site ? [{ name, site }] : []));
  closeFirewalls(own.map(({ site }) => site));
  for (const { site } of own) site.endFirstContacts();
  if (keys === undefined) return;
  const chosenBy = choosePeers([...sites.keys()]);
  const names = [...sites.keys()].toSorted();
  let canary: pulumi.Resource | undefined;
  for (const { name, site } of own) {
    const peers = pulumi.all(
      (chosenBy.get(name) ?? []).map((peer) =>
        pulumi
          .output(sites.get(peer)?.addresses ?? [])
          .apply((addresses) => ({ site: peer, addresses, port: HEARTBEAT_PORT })),
      ),
    );
    const text = pulumi.all([keys, peers]).apply(([key, told]) => peersText({ ...key, told }, names));
    const introduced = site.introduce(text, canary === undefined ? [] : [canary]);
    canary ??= introduced;
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
