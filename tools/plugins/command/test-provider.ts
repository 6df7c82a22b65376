import type { Severity } from "./context.ts";
import { CommandProvider } from "./provider.ts";
import { secret, type WireObject } from "./wire.ts";

type Kind = "local:Command" | "remote:Command" | "remote:CopyToRemote";

/** Drives one resource of the plugin as the engine does, without an engine. */
export function testResource(kind: Kind, defaults: WireObject = {}) {
  const logged: [Severity, string][] = [];
  const provider = new CommandProvider(async (_urn, severity, message) => void logged.push([severity, message]));
  const urn = `urn:pulumi:dev::lab::anycast:index:AnycastSite$command:${kind}::name`;
  const checked = async (inputs: WireObject): Promise<WireObject> => {
    const { inputs: complete, failures } = await provider.check(urn, {}, { ...defaults, ...inputs });
    const reasons = (failures ?? []).map(({ reason }) => reason);
    if (reasons.length > 0) throw new Error(reasons.join("\n"));
    return complete as WireObject;
  };
  return {
    provider,
    urn,
    /** What was shown beside the resource. */
    logged,
    /** Checks and creates; the resource's state. */
    create: async (inputs: WireObject) => (await provider.create(urn, await checked(inputs))).outs as WireObject,
    /** Checks and updates; the resource's new state. */
    update: async (state: WireObject, inputs: WireObject) =>
      (await provider.update("id", urn, state, await checked(inputs))).outs as WireObject,
    delete: async (state: WireObject) => provider.delete("id", urn, state),
  };
}

/** A text asset as the engine sends it; `hash` stands for the content's. */
export function textAsset(text: string): WireObject {
  return { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", hash: `hash of ${text}`, text };
}

/** A file or, as an archive, a folder as the engine sends it. */
export function pathSource(kind: "asset" | "archive", path: string, hash: string): WireObject {
  const signature = kind === "asset" ? "c44067f5952c0a294b673a41bacd8c17" : "0def7320c3a5731c473e5ecbe6d01bc7";
  return { "4dabf18193072939515e22adb298388d": signature, hash, path };
}

/** A connection whose key is secret, as in a user's program; its first failure is final. */
export function impatient(connection: WireObject): WireObject {
  return { dialErrorLimit: 0, ...connection, privateKey: secret(connection["privateKey"]) };
}
