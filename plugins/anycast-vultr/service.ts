import { Metadata, Server, ServerCredentials, status, type sendUnaryData, type ServerUnaryCall } from "@grpc/grpc-js";
import anyProto from "google-protobuf/google/protobuf/any_pb.js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import structProto, { type Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import pluginProto from "@pulumi/pulumi/proto/plugin_pb.js";
import providerService from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerProto from "@pulumi/pulumi/proto/provider_pb.js";
import statusProto from "@pulumi/pulumi/proto/status_pb.js";
import type { Failure } from "./check.ts";
import { checkConfig, configuredOptions } from "./config.ts";
import type { Difference } from "./diff.ts";
import { InitFailed, type VultrProvider } from "./provider.ts";
import type { WireObject } from "./wire.ts";

const { Empty } = emptyProto;
const { DiffResponse, PropertyDiff } = providerProto;

/**
 * Serves a provider to the engine. The SDK's own server hands no configuration to a provider and does not take a
 * detailed diff from it, so this speaks the protocol itself.
 *
 * @param attach is given the engine's address when the engine says it later
 * @returns the port on 127.0.0.1
 */
export async function serveProvider(
  provider: VultrProvider,
  { version, schema, attach }: { version: string; schema: () => object; attach: (address: string) => void },
): Promise<{ port: number; close: () => void }> {
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(providerService.ResourceProviderService, {
    getPluginInfo: unary(() => {
      const response = new pluginProto.PluginInfo();
      response.setVersion(version);
      return response;
    }),
    attach: unary((request: pluginProto.PluginAttach) => {
      attach(request.getAddress());
      return new Empty();
    }),
    cancel: unary(() => {
      provider.cancel();
      return new Empty();
    }),
    getSchema: unary(() => {
      const response = new providerProto.GetSchemaResponse();
      response.setSchema(JSON.stringify(schema()));
      return response;
    }),
    checkConfig: unary((request: providerProto.CheckRequest) => checked(checkConfig(objectOf(request.getNews())))),
    configure: unary((request: providerProto.ConfigureRequest) => {
      provider.configure(configuredOptions(objectOf(request.getArgs()), process.env));
      const response = new providerProto.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      return response;
    }),
    check: unary((request: providerProto.CheckRequest) =>
      checked(provider.check(request.getUrn(), objectOf(request.getNews()))),
    ),
    diff: unary((request: providerProto.DiffRequest) =>
      diffed(
        provider.diff(
          request.getId(),
          request.getUrn(),
          objectOf(request.getOldInputs()),
          objectOf(request.getOlds()),
          objectOf(request.getNews()),
        ),
      ),
    ),
    create: unary(async (request: providerProto.CreateRequest) => {
      const options = { preview: request.getPreview(), timeoutS: request.getTimeout() };
      const { id, state } = await provider.create(request.getUrn(), objectOf(request.getProperties()), options);
      const response = new providerProto.CreateResponse();
      response.setId(id);
      response.setProperties(structOf(state));
      return response;
    }),
    read: unary(async (request: providerProto.ReadRequest) => {
      const found = await provider.read(
        request.getId(),
        request.getUrn(),
        objectOf(request.getInputs()),
        objectOf(request.getProperties()),
        { timeoutS: request.getTimeout() },
      );
      const response = new providerProto.ReadResponse();
      if (found === undefined) return response;
      response.setId(request.getId());
      response.setInputs(structOf(found.inputs));
      response.setProperties(structOf(found.state));
      return response;
    }),
    update: unary(async (request: providerProto.UpdateRequest) => {
      const options = { preview: request.getPreview(), timeoutS: request.getTimeout() };
      const news = objectOf(request.getNews());
      const state = await provider.update(
        request.getId(),
        request.getUrn(),
        objectOf(request.getOlds()),
        news,
        options,
      );
      const response = new providerProto.UpdateResponse();
      response.setProperties(structOf(state));
      return response;
    }),
    delete: unary(async (request: providerProto.DeleteRequest) => {
      const options = { timeoutS: request.getTimeout() };
      await provider.delete(request.getId(), request.getUrn(), objectOf(request.getProperties()), options);
      return new Empty();
    }),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  return { port, close: () => server.forceShutdown() };
}

function unary<Request, Response>(handle: (request: Request) => Response | Promise<Response>) {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void => {
    Promise.resolve(call.request)
      .then(handle)
      .then(
        (response) => callback(null, response),
        (error: Error) => callback(failed(error)),
      );
  };
}

/** An error as the engine reads it; one of a resource that is made but not finished carries the resource. */
function failed(error: Error): { code: number; details: string; metadata: Metadata } {
  const metadata = new Metadata();
  if (error instanceof InitFailed) {
    const detail = new providerProto.ErrorResourceInitFailed();
    detail.setId(error.id);
    detail.setProperties(structOf(error.state));
    detail.setReasonsList([error.message]);
    const any = new anyProto.Any();
    any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const rich = new statusProto.Status();
    rich.setCode(status.UNKNOWN);
    rich.setMessage(error.message);
    rich.addDetails(any);
    metadata.add("grpc-status-details-bin", Buffer.from(rich.serializeBinary()));
  }
  return { code: status.UNKNOWN, details: error.message, metadata };
}

function checked({ inputs, failures }: { inputs: WireObject; failures: readonly Failure[] }) {
  const response = new providerProto.CheckResponse();
  response.setInputs(structOf(inputs));
  response.setFailuresList(
    failures.map(({ property, reason }) => {
      const failure = new providerProto.CheckFailure();
      failure.setProperty(property);
      failure.setReason(reason);
      return failure;
    }),
  );
  return response;
}

function diffed(found: readonly Difference[]) {
  const response = new DiffResponse();
  response.setChanges(found.length > 0 ? DiffResponse.DiffChanges.DIFF_SOME : DiffResponse.DiffChanges.DIFF_NONE);
  response.setDiffsList(found.map(({ property }) => property));
  response.setReplacesList(found.filter(({ replaces }) => replaces).map(({ property }) => property));
  response.setHasdetaileddiff(true);
  for (const { property, kind, replaces, isInput } of found) {
    const detail = new PropertyDiff();
    const name = kind.toUpperCase() as "ADD" | "UPDATE" | "DELETE";
    detail.setKind(PropertyDiff.Kind[replaces ? (`${name}_REPLACE` as const) : name]);
    detail.setInputdiff(isInput);
    response.getDetaileddiffMap().set(property, detail);
  }
  return response;
}

function objectOf(struct: Struct | undefined): WireObject {
  return struct?.toJavaScript() ?? {};
}

function structOf(value: WireObject): Struct {
  return structProto.Struct.fromJavaScript(value as Parameters<typeof structProto.Struct.fromJavaScript>[0]);
}
