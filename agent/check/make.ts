import type { AgentCheck } from "../../model/agent-config.ts";
import type { Check } from "./check.ts";
import { commandCheck } from "./command.ts";
import { dnsCheck } from "./dns.ts";
import { fileCheck } from "./file.ts";
import { httpCheck } from "./http.ts";
import { icmpCheck } from "./icmp.ts";
import { ntpCheck } from "./ntp.ts";
import { tcpCheck } from "./tcp.ts";
import { udpCheck } from "./udp.ts";
import { unitCheck } from "./unit.ts";
import { zonesCheck } from "./zones.ts";

/** The check that a configuration describes, made from this host. */
export function makeCheck(check: AgentCheck): Check {
  switch (check.kind) {
    case "dns":
      return dnsCheck(check);
    case "http":
    case "https":
      return httpCheck(check);
    case "tcp":
      return tcpCheck(check);
    case "udp":
      return udpCheck(check);
    case "icmp":
      return icmpCheck(check);
    case "ntp":
      return ntpCheck(check);
    case "command":
      return commandCheck(check);
    case "file":
      return fileCheck(check);
    case "unit":
      return unitCheck(check);
    case "zones":
      return zonesCheck(check);
  }
}
