import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import type { AgentCheck } from "../../model/agent-config.ts";
import { endpoint, type Check } from "./check.ts";

/** Healthy when a GET request is answered with the wanted status. Redirects are not followed. */
export function httpCheck({ address, port, path, host, status }: Extract<AgentCheck, { kind: "http" }>): Check {
  return {
    label: `http ${endpoint(address, port)}${path}`,
    async probe(signal) {
      const request = get({ host: address, port, path, headers: { host }, agent: false });
      // Destroyed before the response, a request has one more error to tell, which nobody waits for.
      request.on("error", () => {});
      try {
        const [response] = (await once(request, "response", { signal })) as [IncomingMessage];
        if (response.statusCode !== status) throw new Error(`status ${response.statusCode}, not ${status}`);
      } finally {
        request.destroy();
      }
    },
  };
}
