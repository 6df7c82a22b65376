import grpc from "@grpc/grpc-js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import { newId } from "./provider.ts";

type Callback<Response> = (error: unknown, response?: Response) => void;
type Handler<Call, Response> = (call: Call, done: Callback<Response>) => void;

/** What of Pulumi's server for providers a dry run meets. */
interface Implementation {
  configure: Handler<unknown, proto.ConfigureResponse>;
  create: Handler<{ request: proto.CreateRequest }, proto.CreateResponse>;
  update: Handler<{ request: proto.UpdateRequest }, proto.UpdateResponse>;
}

/**
 * Answers in a dry run as the official plugin does: what is to be made has an id already, made up, which is known to what depends on it; what
 * a command will print is not known. Pulumi's server for providers in Node has no dry runs, so each handler is wrapped when it is added.
 */
export function answerDryRuns(): void {
  const server = grpc.Server.prototype;
  // eslint-disable-next-line typescript/unbound-method -- called with its server as `this`, below.
  const add = server.addService;
  server.addService = function (service, implementation) {
    const served = implementation as unknown as Implementation;
    const configure = served.configure.bind(served);
    const create = served.create.bind(served);
    const update = served.update.bind(served);
    Object.assign(served, {
      configure: (call, done) =>
        configure(call, (error, response) => {
          response?.setSupportspreview(true);
          done(error, response);
        }),
      create: (call, done) => {
        if (!call.request.getPreview()) return create(call, done);
        const response = new proto.CreateResponse();
        response.setId(newId(call.request.getUrn()));
        response.setProperties(call.request.getProperties());
        done(null, response);
      },
      update: (call, done) => {
        if (!call.request.getPreview()) return update(call, done);
        const response = new proto.UpdateResponse();
        response.setProperties(call.request.getNews());
        done(null, response);
      },
    } satisfies Implementation);
    add.call(this, service, implementation);
  };
}
