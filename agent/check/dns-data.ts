import type { CaaAnswer, MxAnswer, SoaAnswer, SrvAnswer, StringAnswer, TxtAnswer } from "dns-packet";
import { canonicalAddress } from "../../model/ip.ts";

/** A record of a type that a check can ask for. */
export type CheckedRecord =
  | (StringAnswer & { type: "A" | "AAAA" | "NS" | "CNAME" | "PTR" })
  | TxtAnswer
  | MxAnswer
  | SrvAnswer
  | SoaAnswer
  | CaaAnswer;

/**
 * A record's data as in a zone file, names without the final dot and in lower case, addresses canonical, the strings of a TXT
 * record joined: `192.0.2.1`, `10 mail.example.net`.
 */
export function dataText(record: CheckedRecord): string {
  switch (record.type) {
    case "A":
    case "AAAA":
      return canonicalAddress(record.data) ?? record.data;
    case "NS":
    case "CNAME":
    case "PTR":
      return name(record.data);
    case "TXT":
      return [record.data].flat().map(String).join("");
    case "MX":
      return `${record.data.preference ?? 0} ${name(record.data.exchange)}`;
    case "SRV": {
      const { priority = 0, weight = 0, port, target } = record.data;
      return `${priority} ${weight} ${port} ${name(target)}`;
    }
    case "SOA": {
      const { mname, rname, serial, refresh, retry, expire, minimum } = record.data;
      return [name(mname), name(rname), serial, refresh, retry, expire, minimum].join(" ");
    }
    case "CAA": {
      const { flags = 0, tag, value } = record.data;
      return `${flags} ${tag} "${value}"`;
    }
  }
}

/** What a person wrote as the wanted data, in the same form. */
export function wantedText(type: string, text: string): string {
  switch (type) {
    case "A":
    case "AAAA":
      return canonicalAddress(text) ?? text;
    case "TXT":
    case "CAA":
      return text;
    default:
      return text.split(/\s+/).map(name).join(" ");
  }
}

function name(text: string): string {
  return text.toLowerCase().replace(/\.$/, "");
}
