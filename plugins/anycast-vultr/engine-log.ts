import { credentials } from "@grpc/grpc-js";
import engineService from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineProto from "@pulumi/pulumi/proto/engine_pb.js";
import type { Log } from "./provider.ts";

const { LogRequest, LogSeverity } = engineProto;

/** Shows messages in the engine's display, in order; drops them without an engine. */
export function engineLog(): { readonly log: Log; readonly attach: (address: string) => void } {
  let engine: InstanceType<typeof engineService.EngineClient> | undefined;
  let last = Promise.resolve();
  const send = (urn: string, isStatus: boolean, message: string): Promise<void> =>
    new Promise((resolve) => {
      const request = new LogRequest();
      request.setUrn(urn);
      request.setSeverity(isStatus ? LogSeverity.INFO : LogSeverity.WARNING);
      request.setMessage(message);
      request.setEphemeral(isStatus);
      // A message that the engine does not take is no reason to fail the operation.
      if (engine === undefined) resolve();
      else engine.log(request, () => resolve());
    });
  return {
    log: (urn, severity, message) => {
      last = last.then(() => send(urn, severity === "status", message));
    },
    attach: (address) => {
      engine = new engineService.EngineClient(address, credentials.createInsecure());
    },
  };
}
