import * as pulumi from "@pulumi/pulumi";
import { AnycastNetwork } from "./components/anycast-network.ts";
import { checkFirst } from "./components/check-first.ts";
import { checkStackFile } from "./components/check-stack-file.ts";
import type { NetworkInput } from "./model/schema.ts";

// What Pulumi does for those who look for a bug costs a third of a large preview: a stack trace for every promise, through the source maps, and
// three messages for every resource, sent one after the other, that the engine shows with --debug only. To have both, set
// PULUMI_DEBUG_PROMISE_LEAKS, which is Pulumi's own variable for such.
if (process.env["PULUMI_DEBUG_PROMISE_LEAKS"] === undefined) {
  Error.stackTraceLimit = 0;
  Object.assign(pulumi.log, { debug: () => Promise.resolve() });
}

const config = new pulumi.Config("anycast");
const input = config.requireObject<NetworkInput>("network");
await checkStackFile(input);
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
