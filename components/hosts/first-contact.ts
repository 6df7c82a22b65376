import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { FIRST_USER, READY_LIMIT_S, readyScript, renderUserData } from "../../render/cloud-init.ts";
import { made } from "../made.ts";
import { connect } from "./connect.ts";
import type { HostAdapterArgs, Management } from "./host.ts";

/** Makes a key pair where the program runs, and prints both halves. Nothing of it stays there. */
const MAKE_KEY = `set -e
umask 077
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ssh-keygen -q -t ed25519 -N "" -C "" -f "$folder/key"
cat "$folder/key" "$folder/key.pub"`;

/** What {@link MAKE_KEY} prints: the private half in OpenSSH's format, then the public one as `ssh-ed25519 AAAA…`. */
const KEY = /^(-----BEGIN OPENSSH PRIVATE KEY-----\n[^-]+-----END OPENSSH PRIVATE KEY-----)\s+(ssh-ed25519 \S+)\s*$/;

/**
 * Failed dials to put up with while a host boots for the first time. The plugin waits up to 5 s between two: five to ten minutes,
 * and bare metal needs them.
 */
const BOOT_DIALS = 60;

/** The host key and the user data of a host that is yet to be made. */
export interface FirstContact {
  /** The key pair's resource: a new key means a new host. */
  readonly key: pulumi.Resource;
  /** As in `ssh-ed25519 AAAA…`. */
  readonly publicKey: pulumi.Output<string>;
  /** For cloud-init, plain text; secret, as the private key is in it. */
  readonly userData: pulumi.Output<string>;
}

/**
 * What a new host is told at its first boot. Its host key is made once, before it, and kept as a secret in the state.
 *
 * @param identity what makes it another host when it changes: a new host gets a new key
 */
export function firstContact(
  name: string,
  { site, authorizedKeys }: HostAdapterArgs,
  { identity, privateNeighbors }: { identity: readonly pulumi.Input<string>[]; privateNeighbors: readonly string[] },
  opts: pulumi.CustomResourceOptions,
): FirstContact {
  const key = new command.local.Command(
    `${name}-host-key`,
    { create: MAKE_KEY, triggers: [...identity], logging: "none", addPreviousOutputInEnv: false },
    { ...opts, additionalSecretOutputs: ["stdout"] },
  );
  const pair = made(key.stdout).apply((stdout) => {
    const [, privateHalf, publicHalf] = KEY.exec(stdout) ?? [];
    // Never with what it printed: it may be the key.
    if (privateHalf === undefined || publicHalf === undefined)
      throw new pulumi.RunError(`Site '${site.name}': ssh-keygen on this machine made no key that is known here`);
    return { private: privateHalf, public: publicHalf };
  });
  return {
    key,
    publicKey: pulumi.unsecret(pair.apply((both) => both.public)),
    userData: pulumi.secret(
      pulumi
        .all([pair, authorizedKeys])
        .apply(([hostKey, keys]) =>
          renderUserData({ site: site.name, hostKey, authorizedKeys: keys, privateNeighbors }),
        ),
    ),
  };
}

/**
 * Waits until the host has done all that its user data says.
 *
 * @returns how SSH reaches the host, known only when it is ready: what uses it waits
 */
export function whenReady(
  name: string,
  { site, sshPrivateKey, watch }: HostAdapterArgs,
  host: { resource: pulumi.CustomResource; address: pulumi.Output<string>; publicKey: pulumi.Output<string> },
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<Management> {
  const management = pulumi
    .all([made(host.address), host.publicKey])
    .apply(([address, hostKey]) => ({ address, port: 22, user: FIRST_USER, hostKey }));
  const connection = connect(management, sshPrivateKey, BOOT_DIALS);
  const ready = new command.remote.Command(
    `${name}-ready`,
    {
      connection,
      create: "sh -s",
      stdin: readyScript(site.name, site.profile.title),
      triggers: [host.resource.id],
      logging: "none",
      addPreviousOutputInEnv: false,
    },
    { ...opts, deletedWith: host.resource },
  );
  watch.over(`${name}-ready`, ready, {
    site: site.name,
    work: "ready",
    limit: `A first boot takes up to 10 min until SSH answers, and ${READY_LIMIT_S / 60} min more for cloud-init`,
    address: host.address,
    after: [connection],
    shownAt: opts.parent,
  });
  return pulumi.all([management, made(ready.stdout)]).apply(([known]) => known);
}
