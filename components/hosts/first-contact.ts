import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { FIRST_USER, readyScript, renderUserData } from "../../render/cloud-init.ts";
import { connect } from "./connect.ts";
import type { HostArgs, Management } from "./host.ts";

/** Makes a key pair in OpenSSH's formats and prints it as JSON. Runs where the program runs, from its folder. */
const MAKE_KEY = `node -e 'process.stdout.write(JSON.stringify(require("ssh2").utils.generateKeyPairSync("ed25519")))'`;

const keySchema = z.object({ private: z.string(), public: z.string() });

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
  { site, authorizedKeys }: HostArgs,
  { identity, privateNeighbors }: { identity: readonly string[]; privateNeighbors: readonly string[] },
  opts: pulumi.CustomResourceOptions,
): FirstContact {
  const key = new command.local.Command(
    `${name}-host-key`,
    { create: MAKE_KEY, triggers: [...identity], logging: "none", addPreviousOutputInEnv: false },
    { ...opts, additionalSecretOutputs: ["stdout"] },
  );
  const pair = key.stdout.apply((stdout) => {
    const { private: privateKey, public: publicKey } = keySchema.parse(JSON.parse(stdout));
    return { private: privateKey, public: publicKey.trim() };
  });
  return {
    key,
    publicKey: pulumi.unsecret(pair.apply((made) => made.public)),
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
  { site, sshPrivateKey }: HostArgs,
  host: { resource: pulumi.CustomResource; address: pulumi.Output<string>; publicKey: pulumi.Output<string> },
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<Management> {
  const management = pulumi
    .all([host.address, host.publicKey])
    .apply(([address, hostKey]) => ({ address, port: 22, user: FIRST_USER, hostKey }));
  const ready = new command.remote.Command(
    `${name}-ready`,
    {
      connection: connect(management, sshPrivateKey, BOOT_DIALS),
      create: "sh -s",
      stdin: readyScript(site.name, site.profile.title),
      triggers: [host.resource.id],
      logging: "none",
      addPreviousOutputInEnv: false,
    },
    { ...opts, deletedWith: host.resource },
  );
  return pulumi.all([management, ready.stdout]).apply(([known]) => known);
}
