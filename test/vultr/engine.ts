import { credentials } from "@grpc/grpc-js";
import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import providerService from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerProto from "@pulumi/pulumi/proto/provider_pb.js";
import statusProto from "@pulumi/pulumi/proto/status_pb.js";
import type { Clock } from "../../clients/vultr/clock.ts";
import { realClock } from "../../clients/vultr/clock.ts";
import { packageSchema } from "../../plugins/anycast-vultr/schema.ts";
import { VultrProvider } from "../../plugins/anycast-vultr/provider.ts";
import { serveProvider } from "../../plugins/anycast-vultr/service.ts";
import type { WireObject } from "../../plugins/anycast-vultr/wire.ts";

/** How much faster than it says a hurried clock waits. */
const HASTE = 300;

/** A clock on which a second lasts 3 ms. */
export const hurriedClock: Clock = {
  now: () => realClock.now() * HASTE,
  sleep: (ms, signal) => realClock.sleep(ms / HASTE, signal),
};

/** The same clock, on which nothing comes that is put off for 10 s: what a plugin is killed before. */
export const cutShortClock: Clock = {
  now: hurriedClock.now,
  sleep: (ms, signal) => (ms === 10_000 ? realClock.sleep(1_000_000, signal) : hurriedClock.sleep(ms, signal)),
};

/** A failed call, as the engine sees it. */
export class EngineError extends Error {
  /** What the engine keeps of a create that is not finished. */
  readonly kept: { readonly id: string; readonly state: WireObject } | undefined;

  constructor(message: string, kept: EngineError["kept"]) {
    super(message);
    this.kept = kept;
  }
}

/** One call of the plugin. */
function ask<Response>(send: (done: (error: Error | null, response: Response) => void) => unknown): Promise<Response> {
  return new Promise((resolve, reject) => {
    send((error, response) => {
      if (error === null) resolve(response);
      else reject(engineError(error));
    });
  });
}

/** What the engine gets back from a diff. */
export interface EngineDiff {
  readonly changes: "none" | "some";
  readonly replaces: readonly string[];
  readonly diffs: readonly string[];
}

/** The plugin behind its own protocol, and an engine in front of it: nothing but Pulumi's messages in between. */
export async function startEngine(options: { url: string; key?: string; clock?: Clock; allGone?: string }) {
  const { url, key = "KEY", clock = hurriedClock, allGone } = options;
  const logged: string[] = [];
  const provider = new VultrProvider((_urn, severity, message) => void logged.push(`${severity}: ${message}`), {
    url,
    key,
    clock,
    allGone,
  });
  const served = await serveProvider(provider, {
    version: "0.0.0",
    schema: () => packageSchema("0.0.0"),
    attach: () => {},
  });
  const engine = connectEngine(served.port);
  return {
    ...engine,
    logged,
    /** Ends the plugin in order. */
    finish: () => provider.finish(),
    close: () => {
      engine.close();
      served.close();
    },
  };
}

/** An engine in front of a plugin that listens on a port. */
export function connectEngine(port: number) {
  const client = new providerService.ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  return {
    urn: (type: string, name = "ams-host") => `urn:pulumi:prod::anycast::anycast-vultr:index:${type}::${name}`,

    check: async (urn: string, news: WireObject) => {
      const request = new providerProto.CheckRequest();
      request.setUrn(urn);
      request.setNews(structOf(news));
      const response = await ask<providerProto.CheckResponse>((done) => client.check(request, done));
      const failures = response.getFailuresList().map((each) => `${each.getProperty()}: ${each.getReason()}`);
      return { inputs: objectOf(response.getInputs()), failures };
    },

    diff: async (
      urn: string,
      id: string,
      state: WireObject,
      oldInputs: WireObject,
      news: WireObject,
    ): Promise<EngineDiff> => {
      const request = new providerProto.DiffRequest();
      request.setUrn(urn);
      request.setId(id);
      request.setOlds(structOf(state));
      request.setOldInputs(structOf(oldInputs));
      request.setNews(structOf(news));
      const response = await ask<providerProto.DiffResponse>((done) => client.diff(request, done));
      const { DIFF_SOME } = providerProto.DiffResponse.DiffChanges;
      return {
        changes: response.getChanges() === DIFF_SOME ? "some" : "none",
        replaces: response.getReplacesList(),
        diffs: response.getDiffsList(),
      };
    },

    create: async (urn: string, inputs: WireObject, { preview = false, timeoutS = 0 } = {}) => {
      const request = new providerProto.CreateRequest();
      request.setUrn(urn);
      request.setProperties(structOf(inputs));
      request.setPreview(preview);
      request.setTimeout(timeoutS);
      const response = await ask<providerProto.CreateResponse>((done) => client.create(request, done));
      return { id: response.getId(), state: objectOf(response.getProperties()) };
    },

    read: async (urn: string, id: string, { inputs, state }: { inputs?: WireObject; state?: WireObject } = {}) => {
      const request = new providerProto.ReadRequest();
      request.setUrn(urn);
      request.setId(id);
      if (inputs !== undefined) request.setInputs(structOf(inputs));
      request.setProperties(structOf(state ?? {}));
      const response = await ask<providerProto.ReadResponse>((done) => client.read(request, done));
      if (response.getId() === "") return undefined;
      return { inputs: objectOf(response.getInputs()), state: objectOf(response.getProperties()) };
    },

    update: async (urn: string, id: string, state: WireObject, news: WireObject, { preview = false } = {}) => {
      const request = new providerProto.UpdateRequest();
      request.setUrn(urn);
      request.setId(id);
      request.setOlds(structOf(state));
      request.setNews(structOf(news));
      request.setPreview(preview);
      return objectOf(
        (await ask<providerProto.UpdateResponse>((done) => client.update(request, done))).getProperties(),
      );
    },

    delete: async (urn: string, id: string, state: WireObject) => {
      const request = new providerProto.DeleteRequest();
      request.setUrn(urn);
      request.setId(id);
      request.setProperties(structOf(state));
      await ask((done) => client.delete(request, done));
    },

    cancel: async () => {
      await ask((done) => client.cancel(new emptyProto.Empty(), done));
    },

    schema: async () => {
      const response = await ask<providerProto.GetSchemaResponse>((done) =>
        client.getSchema(new providerProto.GetSchemaRequest(), done),
      );
      return JSON.parse(response.getSchema()) as Record<string, unknown>;
    },

    /** Hands the plugin its configuration. */
    configure: async (config: WireObject) => {
      const request = new providerProto.ConfigureRequest();
      request.setArgs(structOf(config));
      await ask<providerProto.ConfigureResponse>((done) => client.configure(request, done));
    },

    close: () => client.close(),
  };
}

function engineError(error: Error): EngineError {
  const { details = error.message, metadata } = error as Error & {
    details?: string;
    metadata?: { get: (key: string) => unknown[] };
  };
  const [bytes] = metadata?.get("grpc-status-details-bin") ?? [];
  if (!(bytes instanceof Uint8Array)) return new EngineError(details, undefined);
  const [any] = statusProto.Status.deserializeBinary(bytes).getDetailsList();
  const detail = providerProto.ErrorResourceInitFailed.deserializeBinary(any?.getValue_asU8() ?? new Uint8Array());
  return new EngineError(detail.getReasonsList().join("; "), {
    id: detail.getId(),
    state: objectOf(detail.getProperties()),
  });
}

function structOf(value: WireObject): structProto.Struct {
  return structProto.Struct.fromJavaScript(value as Parameters<typeof structProto.Struct.fromJavaScript>[0]);
}

function objectOf(struct: structProto.Struct | undefined): WireObject {
  return struct?.toJavaScript() ?? {};
}
