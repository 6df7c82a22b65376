import * as pulumi from "@pulumi/pulumi";
import ssh2 from "ssh2";
import type { NetworkConfig } from "../model/schema.ts";

/** The public SSH keys that hosts made by us let in: those of the configuration, and the one that belongs to the operator's private key. */
export function authorizedKeys(
  network: NetworkConfig,
  sshPrivateKey: pulumi.Output<string> | undefined,
): pulumi.Output<string>[] {
  const own = sshPrivateKey === undefined ? [] : [pulumi.unsecret(sshPrivateKey.apply(publicHalf))];
  return [...own, ...network.management.sshKeys.map((key) => pulumi.output(key))];
}

function publicHalf(privateKey: string): string {
  const parsed = ssh2.utils.parseKey(privateKey);
  // Never with the parser's message: it may quote the key.
  if (parsed instanceof Error || !parsed.isPrivateKey())
    throw new pulumi.RunError("anycast:sshPrivateKey is no private SSH key, or it has a passphrase: use one without");
  return `${parsed.type} ${parsed.getPublicSSH().toString("base64")}`;
}
