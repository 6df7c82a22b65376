import { parsePrefix, type Prefix } from "./ip.ts";
import type { NetworkPlan } from "./plan.ts";
import { PROFILES, type BgpProfile } from "./profiles.ts";
import type { VultrAccountFacts } from "./vultr/account.ts";

/** The outcome of one check: `waiting` is for the provider to do, `warning` keeps nothing from announcing, `unknown` could not be found out. */
export interface Finding {
  readonly check: string;
  readonly status: "ok" | "problem" | "waiting" | "warning" | "unknown";
  readonly message: string;
}

/** What was found out before; undefined where nobody asked. */
export interface PreflightFacts {
  readonly vultr: VultrAccountFacts | undefined;
  /** What else was found out. Default: nothing. */
  readonly more?: readonly Finding[];
}

/** All that has to be right at the providers and in the registries before the first announcement. */
export interface Preflight {
  /** The worst of all findings; `warning` and `unknown` count as no worse than `ok`. */
  readonly status: "ok" | "problem" | "waiting";
  readonly findings: readonly Finding[];
  /** Provider → what has to be asked for by hand there and cannot be seen to be done. */
  readonly byHand: Readonly<Record<string, readonly string[]>>;
}

/** The profiles of a network's sites, each once, in the order of their names; the lab's own are not the Internet's. */
export function profilesOf({ sites }: NetworkPlan): BgpProfile[] {
  const profiles = new Set(sites.filter(({ host }) => host.provider !== "lab").map(({ profile }) => profile));
  return [...profiles].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** One profile for each account of a network: what is asked for at a provider is asked for once. */
export function accountsOf(plan: NetworkPlan): BgpProfile[] {
  const accounts = new Map<string, BgpProfile>();
  for (const profile of profilesOf(plan)) if (!accounts.has(profile.account)) accounts.set(profile.account, profile);
  return [...accounts.values()];
}

/** Judges what was found out. */
export function judgePreflight(plan: NetworkPlan, { vultr, more = [] }: PreflightFacts): Preflight {
  const profiles = profilesOf(plan);
  const findings = [
    ...profiles.flatMap(({ name, discontinued }): Finding[] =>
      discontinued === undefined ? [] : [{ check: name, status: "problem", message: discontinued }],
    ),
    ...(vultr === undefined ? [] : vultrFindings(plan, vultr)),
    ...more,
  ];
  const approved = findings.some(({ check, status }) => check === "Vultr BGP" && status === "ok");
  const byHand = accountsOf(plan)
    .filter((profile) => profile.byHand.length > 0 && !(profile.account === PROFILES.vultr.account && approved))
    .map(({ title, byHand: steps }) => [title, steps] as const);
  const has = (status: Finding["status"]): boolean => findings.some((finding) => finding.status === status);
  return {
    status: has("problem") ? "problem" : has("waiting") ? "waiting" : "ok",
    findings,
    byHand: Object.fromEntries(byHand),
  };
}

/** What Vultr's account says about a network. */
export function vultrFindings({ config }: NetworkPlan, { bgp, prefixes }: VultrAccountFacts): Finding[] {
  if ("failure" in bgp) return [{ check: "Vultr BGP", status: "problem", message: bgp.failure }];
  if (!bgp.enabled)
    return [
      {
        check: "Vultr BGP",
        status: "waiting",
        message: "BGP is not enabled for the account yet. Ask for it (see below); the review takes 24 to 48 hours.",
      },
    ];
  return [
    { check: "Vultr BGP", status: "ok", message: "BGP is enabled for the account" },
    asnFinding(config.asn, bgp.asn ?? undefined),
    passwordFinding(bgp.password ?? ""),
    ...config.prefixes.map((prefix) => prefixFinding(prefix, prefixes)),
  ];
}

function asnFinding(ours: number, theirs: number | undefined): Finding {
  const check = "Vultr ASN";
  if (theirs === ours) return { check, status: "ok", message: `AS${ours} is the account's` };
  return {
    check,
    status: "problem",
    message:
      theirs === undefined
        ? `Vultr names no AS number for the account, and anycast:network.asn is AS${ours}: ask support to set it`
        : `Vultr has AS${theirs} for the account, and anycast:network.asn is AS${ours}: no session would come up. Correct the stack file, or ask support`,
  };
}

function passwordFinding(password: string): Finding {
  const check = "Vultr password";
  const change = "Change it in the portal, Network → BGP: 16 letters and digits are safe";
  if (password === "") return { check, status: "problem", message: `There is no BGP password. ${change}` };
  const { length } = password;
  if (length > 80)
    return {
      check,
      status: "problem",
      message: `It has ${length} characters, and TCP MD5 takes 80 (RFC 2385). ${change}`,
    };
  if (!/^[\x21-\x7e]+$/.test(password) || /["\\]/.test(password))
    return { check, status: "problem", message: `It has characters that BIRD cannot write. ${change}` };
  return { check, status: "ok", message: `there is one, of ${length} characters` };
}

function prefixFinding(prefix: Prefix, listed: VultrAccountFacts["prefixes"]): Finding {
  const check = `Vultr prefix ${prefix.cidr}`;
  if (listed === undefined)
    return {
      check,
      status: "unknown",
      message: "Vultr's API does not tell the prefixes: look in the portal, Network → BGP",
    };
  const entry = listed.find((candidate) => canonical(candidate.prefix) === prefix.cidr);
  if (entry === undefined)
    return {
      check,
      status: "waiting",
      message:
        "is not on the account's list. Ask for it with the letter of authorization; the filters of transit networks take 6 to 24 hours more.",
    };
  const status = entry.rpki_status?.toLowerCase();
  if (status === undefined || status === "valid") return { check, status: "ok", message: "is on the account's list" };
  return {
    check,
    status: status === "invalid" ? "problem" : "waiting",
    message: `is on the account's list, and Vultr sees its RPKI state as '${status}'`,
  };
}

function canonical(text: string): string {
  const parsed = parsePrefix(text);
  return "error" in parsed ? text : parsed.cidr;
}
