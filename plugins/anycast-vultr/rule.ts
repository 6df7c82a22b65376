import ipaddr from "ipaddr.js";
import type { NewVultrFirewallRule, VultrApiFirewallRule } from "../../clients/vultr/firewalls.ts";
import type { VultrFirewallRule } from "../../model/vultr/resources.ts";

/** A network in its short form, host bits cleared; `undefined` if the text is none. A lone address is a network of its own. */
export function normalNetwork(text: string): string | undefined {
  const [address = "", length, ...rest] = text.trim().split("/");
  if (rest.length > 0 || address.includes("%") || !ipaddr.isValid(address)) return undefined;
  const parsed = ipaddr.parse(address);
  const all = parsed.kind() === "ipv4" ? 32 : 128;
  if (parsed.kind() === "ipv4" && !ipaddr.IPv4.isValidFourPartDecimal(address)) return undefined;
  if (length !== undefined && (!/^\d{1,3}$/.test(length) || Number(length) > all)) return undefined;
  const bits = Number(length ?? all);
  const cidr = `${parsed.toString()}/${bits}`;
  const network =
    parsed instanceof ipaddr.IPv4
      ? ipaddr.IPv4.networkAddressFromCIDR(cidr).toString()
      : ipaddr.IPv6.networkAddressFromCIDR(cidr).toRFC5952String();
  return `${network}/${bits}`;
}

/** A port or a range as `8000:8010`; `undefined` if the text is neither. */
export function normalPort(text: string): string | undefined {
  const match = /^\s*(\d{1,5})\s*(?:[:-]\s*(\d{1,5})\s*)?$/.exec(text);
  if (match === null) return undefined;
  const [from, to] = [Number(match[1]), Number(match[2] ?? match[1])];
  if (from < 1 || to > 65_535 || from > to) return undefined;
  return from === to ? String(from) : `${from}:${to}`;
}

/** A rule in its normal form: what is equal at Vultr is equal here. */
export function normalRule({ protocol, port, from, notes }: VultrFirewallRule): VultrFirewallRule {
  return {
    protocol,
    ...(port === undefined || port === "" || protocol === "icmp" ? {} : { port: normalPort(port) ?? port }),
    from: normalNetwork(from) ?? from,
    ...(notes === undefined || notes === "" ? {} : { notes }),
  };
}

/** A text under which rules that open the same are the same, whatever their notes say: to change those, the API would have to close the rule first. */
export function ruleKey(rule: VultrFirewallRule): string {
  const { protocol, port, from } = normalRule(rule);
  return JSON.stringify([protocol, port ?? "", from]);
}

/** A rule of the API in its normal form. */
export function ruleOf(rule: VultrApiFirewallRule): VultrFirewallRule {
  const network = rule.subnet === "" ? (rule.source ?? "") : `${rule.subnet}/${rule.subnet_size}`;
  return normalRule({
    protocol: rule.protocol.toLowerCase() as VultrFirewallRule["protocol"],
    port: rule.port === null || rule.port === undefined ? undefined : String(rule.port),
    from: network,
    notes: rule.notes ?? undefined,
  });
}

/** What the API takes for a rule in its normal form. */
export function apiRule({ protocol, port, from, notes }: VultrFirewallRule): NewVultrFirewallRule {
  const [subnet = "", size = ""] = from.split("/");
  return {
    ip_type: subnet.includes(":") ? "v6" : "v4",
    protocol,
    subnet,
    subnet_size: Number(size),
    ...(port === undefined ? {} : { port }),
    ...(notes === undefined ? {} : { notes }),
  };
}

/** A rule in a message. */
export function describeRule({ protocol, port, from }: VultrFirewallRule): string {
  return `${protocol}${port === undefined ? "" : ` ${port}`} from ${from}`;
}
