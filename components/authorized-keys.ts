import * as pulumi from "@pulumi/pulumi";
import ssh2 from "ssh2";
import type { NetworkConfig } from "../model/schema.ts";
import { keyIn } from "../model/ssh-keys.ts";
import { outputError } from "./output-error.ts";

/** The public SSH keys that hosts let in: the one that belongs to the stack's private key, and those of the configuration. */
export function authorizedKeys(
  network: NetworkConfig,
  sshPrivateKey: pulumi.Output<string> | undefined,
): pulumi.Output<string>[] {
  const own = sshPrivateKey === undefined ? [] : [pulumi.unsecret(sshPrivateKey.apply(publicHalf))];
  return [...own, ...network.management.sshKeys.map((key) => pulumi.output(key))];
}

/** Each key once, the first line of it. */
export function distinctKeys(lines: readonly string[]): string[] {
  const firstOf = (key: string | undefined): number => lines.findIndex((line) => keyIn(line) === key);
  return lines.filter((line, index) => firstOf(keyIn(line)) === index).map((line) => line.trim());
}

/**
 * The public half of a private SSH key, as `ssh-ed25519 AAAA…`.
 *
 * @throws RunError when it is none, without a word of it
 */
export function publicHalf(privateKey: string): string {
  const parsed = ssh2.utils.parseKey(privateKey);
  // Never with the parser's message: it may quote the key.
  if (parsed instanceof Error || !parsed.isPrivateKey())
    throw outputError("anycast:sshPrivateKey is no private SSH key, or it has a passphrase: use one without");
  return `${parsed.type} ${parsed.getPublicSSH().toString("base64")}`;
}
