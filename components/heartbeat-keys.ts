import { hkdfSync } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { peersSchema } from "../model/peers.ts";
import type { NetworkPlan } from "../model/plan.ts";
import { readLab } from "./hosts/lab.ts";

/** What signs heartbeats: 32 octets in base64. */
export interface HeartbeatKey {
  readonly key: string;
  /** Is accepted too, while the key is being changed. Default: none. */
  readonly next?: string | undefined;
}

/** What signs heartbeats; secret. */
export type HeartbeatKeys = pulumi.Output<HeartbeatKey>;

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
export function checkedKeys(key: string, next: string | undefined): HeartbeatKey {
  const keys = next === undefined ? { key } : { key, next };
  if (peersSchema.pick({ key: true, next: true }).safeParse(keys).success) return keys;
  throw new pulumi.RunError(
    "anycast:heartbeatKey and anycast:heartbeatKeyNext must be 32 octets in base64, as `openssl rand -base64 32` prints them",
  );
}

function labSecret({ sites }: NetworkPlan): string | undefined {
  return sites.every(({ host }) => host.provider === "lab") ? readLab("ssh/id_ed25519") : undefined;
}

/** HKDF-SHA256 (RFC 5869): who has the derived key has not the other. */
function derivedKey(secret: string): string {
  return Buffer.from(hkdfSync("sha256", secret, "", "anycast heartbeats", 32)).toString("base64");
}
