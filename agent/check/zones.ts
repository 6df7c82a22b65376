import type { AgentCheck } from "../../model/agent-config.ts";
import { messageOf } from "../error.ts";
import { endpoint, type Check } from "./check.ts";
import { dnsAsker, wantedRecords } from "./dns-query.ts";
import { daysSigned, signatureProblem } from "./signatures.ts";

type ZonesCheck = Extract<AgentCheck, { kind: "zones" }>;

/** Zones that a message names; of more it tells how many. */
const NAMED = 3;

/**
 * Healthy while the server answers for each of its zones, with signatures that are still valid where the zone is signed. Each probe asks
 * for one zone, in turn: five hundred zones cost no more than one.
 */
export function zonesCheck({ address, port, names, signatureDays }: ZonesCheck): Check {
  const problems = new Map<string, string>();
  let turn = 0;
  return {
    label: `zones ${endpoint(address, port)} ${names.length}`,
    async probe(signal) {
      const name = names[turn++ % names.length] ?? "";
      const problem = await problemOf({ address, port, name, signatureDays }, signal);
      if (problem === undefined) problems.delete(name);
      else problems.set(name, problem);
      if (problems.size === 0) return;
      const told = [...problems].slice(0, NAMED).map(([zone, text]) => `${zone}: ${text}`);
      const more = problems.size > NAMED ? [`${problems.size - NAMED} more zones`] : [];
      throw new Error([...told, ...more].join("; "));
    },
  };
}

interface ZoneQuestion extends Pick<ZonesCheck, "address" | "port" | "signatureDays"> {
  readonly name: string;
}

async function problemOf(
  { address, port, name, signatureDays }: ZoneQuestion,
  signal: AbortSignal,
): Promise<string | undefined> {
  const question = { address, port, name, transport: "udp", type: "SOA", flags: 0, signatures: true } as const;
  const asker = dnsAsker(question);
  try {
    const reply = await asker.ask(signal);
    if (reply.rcode !== "NOERROR") return reply.rcode;
    if (!reply.flag_aa || wantedRecords(reply, question).length === 0) return "the server has no such zone";
    const days = daysSigned(reply, question, Date.now());
    return days === undefined ? undefined : signatureProblem(days, signatureDays);
  } catch (error) {
    return messageOf(error);
  } finally {
    asker.close();
  }
}
