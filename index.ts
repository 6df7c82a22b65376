import * as pulumi from "@pulumi/pulumi";
import { AnycastNetwork } from "./components/anycast-network.ts";
import { checkFirst } from "./components/check-first.ts";
import type { NetworkInput } from "./model/schema.ts";

// Pulumi takes a stack trace for every promise, through the source maps: a fifth of a large preview's time with four frames.
// To see where a bug comes from, set PULUMI_DEBUG_PROMISE_LEAKS, which is Pulumi's own variable for such.
if (process.env["PULUMI_DEBUG_PROMISE_LEAKS"] === undefined) Error.stackTraceLimit = 0;

const config = new pulumi.Config("anycast");
const input = config.requireObject<NetworkInput>("network");
await checkFirst(input);

const network = new AnycastNetwork("anycast", {
  network: input,
  sshPrivateKey: config.getSecret("sshPrivateKey"),
  heartbeatKey: config.getSecret("heartbeatKey"),
  heartbeatKeyNext: config.getSecret("heartbeatKeyNext"),
  bgpPasswords: config.getSecretObject<Record<string, string>>("bgpPasswords"),
});

/** What is announced where, by what. */
export const inventory = network.inventory;
