import { expect, test } from "vitest";
import { parseHostSpec } from "./host-spec.ts";

const SPEC = {
  site: "fra",
  region: "fra",
  profile: "vultr",
  asn: 64500,
  prefixes: ["203.0.113.0/24", "2001:DB8:53::/48"],
};

test("takes a spec, with its prefixes in canonical form", () => {
  expect(parseHostSpec(JSON.stringify(SPEC))).toEqual({ ...SPEC, prefixes: ["203.0.113.0/24", "2001:db8:53::/48"] });
});

test.each([
  ["no JSON", "fra", "A JSON object {site, region, profile, asn, prefixes} is needed"],
  ["a site name that is no file name", { site: "../fra" }, 'site: "../fra" is not a name'],
  ["an unknown region", { region: "xxx" }, 'region: "xxx" is not a metro'],
  ["a profile without neighbors", { profile: "custom" }, 'profile: "custom" is not one of vultr, vultrBareMetal'],
  ["no ASN", { asn: "64500" }, 'asn: "64500" is not an AS number'],
  ["host bits", { prefixes: ["203.0.113.1/24"] }, 'prefixes: "203.0.113.1/24" is not a prefix'],
  ["the lab's own addresses", { prefixes: ["100.64.0.0/16"] }, "100.64.0.0/16 cannot be announced in the lab"],
])("refuses %s", (_, change, message) => {
  const text = typeof change === "string" ? change : JSON.stringify({ ...SPEC, ...change });
  expect(() => parseHostSpec(text)).toThrow(message);
});
