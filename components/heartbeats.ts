import { hkdfSync } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { HEARTBEAT_PORT } from "../model/paths.ts";
import { choosePeers, peersSchema, type Peers } from "../model/peers.ts";
import type { NetworkPlan } from "../model/plan.ts";
import type { AnycastSite } from "./anycast-site.ts";
import { readLab } from "./hosts/lab.ts";

/** What signs heartbeats, and what is accepted too; base64. */
export type HeartbeatKeys = pulumi.Output<Pick<Peers, "key" | "next">>;

/**
 * The keys of the heartbeats: as configured, or derived from a secret that there is anyway: the operator's SSH key, or the lab's.
 * Undefined when there is none.
 */
export function heartbeatKeys(
  plan: NetworkPlan,
  configured: {
    readonly sshPrivateKey?: pulumi.Input<string> | undefined;
    readonly heartbeatKey?: pulumi.Input<string> | undefined;
    readonly heartbeatKeyNext?: pulumi.Input<string> | undefined;
  },
): HeartbeatKeys | undefined {
  const { heartbeatKey, heartbeatKeyNext, sshPrivateKey } = configured;
  const secret = sshPrivateKey ?? labSecret(plan);
  const key = heartbeatKey ?? (secret === undefined ? undefined : pulumi.output(secret).apply(derivedKey));
  if (key === undefined) return undefined;
  return pulumi.secret(pulumi.all([key, heartbeatKeyNext]).apply(([own, next]) => checkedKeys(own, next)));
}

/** @throws RunError that says nothing of the keys themselves */
export function checkedKeys(key: string, next: string | undefined): Pick<Peers, "key" | "next"> {
  const keys = next === undefined ? { key } : { key, next };
  if (peersSchema.pick({ key: true, next: true }).safeParse(keys).success) return keys;
  throw new pulumi.RunError(
    "anycast:heartbeatKey and anycast:heartbeatKeyNext must be 32 octets in base64, as `openssl rand -base64 32` prints them",
  );
}

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
function peersText({ told, ...keys }: Pick<Peers, "key" | "next"> & { readonly told: Peers["peers"] }): string {
  const peers: Peers = { format: 1, ...keys, peers: told.filter(({ addresses }) => addresses.length > 0) };
  return JSON.stringify(peers);
}

function labSecret({ sites }: NetworkPlan): string | undefined {
  return sites.every(({ host }) => host.provider === "lab") ? readLab("ssh/id_ed25519") : undefined;
}

/** HKDF-SHA256 (RFC 5869): who has the derived key has not the other. */
function derivedKey(secret: string): string {
  return Buffer.from(hkdfSync("sha256", secret, "", "anycast heartbeats", 32)).toString("base64");
}
