import { parsePrefix, overlaps, type Prefix } from "../model/ip.ts";
import { METROS } from "../model/metros.ts";
import { PROFILES } from "../model/profiles.ts";
import { LAB_RANGES } from "./addressing.ts";
import type { HostSpec, LabProfile } from "./state.ts";

/**
 * The host that a JSON text asks for: `{site, region, profile, asn, prefixes}`.
 *
 * @throws Error that names what is wrong with it
 */
export function parseHostSpec(text: string): HostSpec {
  const { site, region, profile, asn, prefixes } = parseObject(text);
  if (typeof site !== "string" || !/^[a-z][a-z0-9-]{0,29}$/.test(site))
    throw wrong("site", site, "a name of 1 to 30 of a-z, 0-9 and -");
  if (typeof region !== "string" || !METROS.has(region)) throw wrong("region", region, "a metro of model/metros.ts");
  if (!isLabProfile(profile)) throw wrong("profile", profile, `one of ${LAB_PROFILES.join(", ")}`);
  if (!Number.isInteger(asn)) throw wrong("asn", asn, "an AS number");
  if (!Array.isArray(prefixes)) throw wrong("prefixes", prefixes, "a list of prefixes");
  return { site, region, profile, asn: Number(asn), prefixes: prefixes.map((each) => registeredPrefix(each).cidr) };
}

/** Those with neighbors of their own in both families. */
const LAB_PROFILES = Object.entries(PROFILES)
  .filter(([, { neighbors }]) => neighbors.some(({ family }) => family === 6))
  .map(([name]) => name);

function isLabProfile(value: unknown): value is LabProfile {
  return typeof value === "string" && LAB_PROFILES.includes(value);
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new Error("A JSON object {site, region, profile, asn, prefixes} is needed on standard input.");
}

function registeredPrefix(value: unknown): Prefix {
  const prefix = typeof value === "string" ? parsePrefix(value) : undefined;
  if (prefix === undefined || "error" in prefix) throw wrong("prefixes", value, "a prefix, as in 203.0.113.0/24");
  const taken = LAB_RANGES.find((range) => {
    const own = parsePrefix(range);
    return !("error" in own) && own.family === prefix.family && overlaps(own, prefix);
  });
  if (taken !== undefined)
    throw new Error(`prefixes: ${prefix.cidr} cannot be announced in the lab: it uses ${taken} itself.`);
  return prefix;
}

function wrong(field: string, given: unknown, allowed: string): Error {
  return new Error(`${field}: ${JSON.stringify(given)} is not ${allowed}.`);
}
