import type { AgentCheck } from "../../model/agent-config.ts";
import type { Check } from "./check.ts";
import { commandCheck } from "./command.ts";
import { dnsCheck } from "./dns.ts";
import { httpCheck } from "./http.ts";
import { tcpCheck } from "./tcp.ts";

/** The check that a configuration describes. */
export function makeCheck(check: AgentCheck): Check {
  switch (check.kind) {
    case "dns":
      return dnsCheck(check);
    case "http":
      return httpCheck(check);
    case "tcp":
      return tcpCheck(check);
    case "command":
      return commandCheck(check);
  }
}
