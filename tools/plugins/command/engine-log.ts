import engineProto from "@pulumi/pulumi/proto/engine_pb.js";
import { getEngine, resetOptions } from "@pulumi/pulumi/runtime/settings.js";
import type { Log } from "./provider.ts";

/** Sends messages to the engine at `address` (`host:port`), which shows them beside the resource; drops them without. */
export function engineLog(address: string | undefined): Log {
  resetOptions("", "", -1, address ?? "", "", false, "");
  const { LogRequest, LogSeverity } = engineProto;
  const severities = { status: LogSeverity.INFO, warning: LogSeverity.WARNING, error: LogSeverity.ERROR };
  return (urn, severity, message) => {
    const request = new LogRequest();
    request.setUrn(urn);
    request.setSeverity(severities[severity]);
    request.setMessage(message);
    request.setEphemeral(severity === "status");
    return new Promise((resolve) => {
      const engine = getEngine();
      // A message that the engine does not take is no reason to fail the operation.
      if (engine) engine.log(request, () => resolve());
      else resolve();
    });
  };
}
