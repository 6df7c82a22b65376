import * as pulumi from "@pulumi/pulumi";
import { AnycastNetwork } from "pulumi-anycast";
import { network, type Environment } from "./network.ts";

const config = new pulumi.Config("anycast");
// What is this program's own, in a namespace of its own.
const ownConfig = new pulumi.Config("dns");

const { inventory: announced } = new AnycastNetwork("anycast", {
  network: network(ownConfig.requireObject<Environment>("environment")),
  sshPrivateKey: config.getSecret("sshPrivateKey"),
  bgpPasswords: config.getSecretObject<Record<string, string>>("bgpPasswords"),
});

/** What is announced where, by what. */
export const inventory = announced;
