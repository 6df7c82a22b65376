import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { keyBefore, type PeerKeys } from "../model/key-change.ts";
import { peersSchema } from "../model/peers.ts";
import type { StateResource } from "../model/vultr/state.ts";
import { toldKeys } from "./deployed.ts";
import { made } from "./made.ts";
import { outputError } from "./output-error.ts";

/** Prints a key: 32 octets in base64. It stands in no argument and in no file. */
const MAKE_KEY = `node -p 'require("node:crypto").randomBytes(32).toString("base64")'`;

/** What signs the heartbeats of a network's sites. */
export class HeartbeatKeys {
  /** Whether the program gives the key. Else it is made once, and known to this stack alone. */
  readonly isGiven: boolean;
  private readonly key: pulumi.Output<string>;
  private readonly next: pulumi.Input<string> | undefined;
  private readonly told: Promise<ReadonlyMap<string, PeerKeys>>;

  /**
   * @param name what the name of the key's resource starts with
   * @param given the key, and one that is accepted too; default: one that is made by the first update and kept as a secret in the state
   * @param state the stack's own resources, before this run
   */
  constructor(
    name: string,
    given: { readonly key: pulumi.Input<string> | undefined; readonly next: pulumi.Input<string> | undefined },
    state: Promise<readonly StateResource[]>,
    parent: pulumi.Resource | undefined,
  ) {
    this.isGiven = given.key !== undefined;
    this.key = given.key === undefined ? madeKey(name, parent) : pulumi.output(given.key);
    this.next = given.next;
    this.told = state.then(toldKeys, refuse);
    // Nobody may wait for it.
    this.told.catch(() => {});
  }

  /**
   * The keys for sites, secret. While they get a key that is new to them they accept the one before too: until an update in which all of them
   * have it.
   *
   * @param peers the names of the resources that tell the sites
   */
  for(peers: readonly string[]): pulumi.Output<PeerKeys> {
    return pulumi.secret(
      pulumi.all([this.key, this.next]).apply(async ([key, next]) => {
        const told = await this.told;
        const before = peers.flatMap((name) => told.get(name) ?? []);
        return checkedKeys(key, next ?? keyBefore(key, before));
      }),
    );
  }
}

/** @throws RunError that says nothing of the keys themselves */
export function checkedKeys(key: string, next: string | undefined): PeerKeys {
  const keys = next === undefined ? { key } : { key, next };
  if (peersSchema.pick({ key: true, next: true }).safeParse(keys).success) return keys;
  throw outputError(
    "anycast:heartbeatKey and anycast:heartbeatKeyNext must be 32 octets in base64, as `openssl rand -base64 32` prints them",
  );
}

function madeKey(name: string, parent: pulumi.Resource | undefined): pulumi.Output<string> {
  const { stdout } = new command.local.Command(
    `${name}-heartbeat-key`,
    { create: MAKE_KEY, logging: "none", addPreviousOutputInEnv: false },
    { ...(parent === undefined ? {} : { parent }), additionalSecretOutputs: ["stdout"] },
  );
  return made(stdout).apply((printed) => {
    if (peersSchema.shape.key.safeParse(printed).success) return printed;
    // Never with what it printed: it may be a key.
    throw outputError("The key of the heartbeats could not be made: node on this machine printed none");
  });
}

/** Without what the sites were told, a new key could silence them for each other. */
function refuse(error: unknown): never {
  const why = error instanceof Error ? error.message : String(error);
  throw outputError(
    `The keys of the heartbeats that the sites have cannot be read from the stack's state: ${why}. ` +
      "Mend the state's backend (pulumi whoami -v names it), then run again.",
  );
}
