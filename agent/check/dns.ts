import * as dns from "dns-packet";
import type { AgentCheck } from "../../model/agent-config.ts";
import { endpoint, type Check } from "./check.ts";
import { dataText, wantedText } from "./dns-data.ts";
import { dnsAsker, serialOf, wantedRecords, type DnsReply } from "./dns-query.ts";
import { behind, OtherSerials } from "./dns-serial.ts";
import { daysSigned, signatureProblem } from "./signatures.ts";

type DnsCheck = Extract<AgentCheck, { kind: "dns" }>;

/**
 * Healthy when the server answers (RFC 1035) with the wanted code and flags, for NOERROR with a record of the asked name and
 * type and the wanted data, and when its serial is not too far behind the other servers'.
 */
export function dnsCheck(check: DnsCheck): Check {
  const { address, port, transport, name, type, serial, signatureDays } = check;
  const signatures = signatureDays !== undefined;
  const asker = dnsAsker({ address, port, transport, name, type, flags: queryFlags(check), signatures });
  const others =
    serial === undefined ? undefined : new OtherSerials(serial.servers, { port: serial.port ?? port, name });
  let judged: DnsReply | undefined;
  return {
    label: `dns/${transport} ${endpoint(address, port)} ${name} ${type}${serial === undefined ? "" : " serial"}${signatures ? " signature" : ""}`,
    async probe(signal) {
      const asking = others?.known(check.timeout / 2);
      const reply = await asker.ask(signal);
      // What was good a second ago and is the same still is.
      if (reply !== judged) judge(reply, check);
      judged = reply;
      if (signatureDays !== undefined) judgeSignature(reply, check, signatureDays);
      if (asking !== undefined && serial !== undefined) judgeSerial(reply, check, serial.behind, await asking);
    },
    close: () => asker.close(),
  };
}

/** A server without authority is a resolver and is asked to resolve; it tells whether it validated only who asks (RFC 6840, 5.7). */
function queryFlags({ flags }: DnsCheck): number {
  return (flags.includes("aa") ? 0 : dns.RECURSION_DESIRED) | (flags.includes("ad") ? dns.AUTHENTIC_DATA : 0);
}

const FLAGS = {
  aa: { field: "flag_aa", missing: "the answer is not authoritative" },
  ad: { field: "flag_ad", missing: "the answer is not validated (flag ad)" },
  ra: { field: "flag_ra", missing: "the server offers no recursion (flag ra)" },
  tc: { field: "flag_tc", missing: "the answer is not truncated (flag tc)" },
} as const;

function judge(reply: DnsReply, check: DnsCheck): void {
  const { rcode, flags, name, type, answer } = check;
  if (reply.rcode !== rcode) throw new Error(rcode === "NOERROR" ? reply.rcode : `${reply.rcode}, not ${rcode}`);
  const missing = flags.find((flag) => !reply[FLAGS[flag].field]);
  if (missing !== undefined) throw new Error(FLAGS[missing].missing);
  if (rcode !== "NOERROR") return;
  const records = wantedRecords(reply, { name, type });
  if (records.length === 0) throw new Error(`no ${type} record in the answer`);
  if (answer === undefined) return;
  const data = records.map(dataText);
  if (!data.includes(wantedText(type, answer)))
    throw new Error(`no ${type} record is '${answer}', but ${data.map((text) => `'${text}'`).join(", ")}`);
}

function judgeSignature(reply: DnsReply, check: DnsCheck, least: number): void {
  const days = daysSigned(reply, check, Date.now());
  const problem = days === undefined ? "the answer is not signed" : signatureProblem(days, least);
  if (problem !== undefined) throw new Error(problem);
}

function judgeSerial(reply: DnsReply, check: DnsCheck, most: number, others: ReadonlyMap<string, number>): void {
  const serial = serialOf(reply, check.name);
  if (serial === undefined) return;
  for (const [server, other] of others) {
    const distance = behind(serial, other);
    if (distance > most)
      throw new Error(`serial ${serial} is ${distance} behind ${other} of ${server}, more than ${most}`);
  }
}
