import { describe, expect, test } from "vitest";
import { parsePrefix, type Prefix } from "./ip.ts";
import { planNetwork } from "./plan-network.ts";
import { announcedOf, roaFindings, type RoaList } from "./roa-findings.ts";
import type { Vrp } from "./roa.ts";
import type { NetworkInput } from "./schema.ts";
import { summaryOf } from "./summary.ts";

const NOW = Date.parse("2026-06-01T12:00:00Z");

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if ("error" in parsed) throw new Error(text);
  return parsed;
}
const vrp = (text: string, maxLength: number, asn: number): Vrp => ({ prefix: prefix(text), maxLength, asn });

function list(vrps: readonly Vrp[], more: Partial<RoaList> = {}): RoaList {
  return { source: "vrps.json", count: 400_000, made: NOW, vrps, expired: [], ...more };
}

function findings(cidr: string, roas: RoaList, sites = ["ams", "nyc"], origin = 64500): string[] {
  return roaFindings({ origin, prefixes: [{ prefix: prefix(cidr), sites }] }, roas, NOW).map(
    ({ status, check, message }) => `${status} ${check}: ${message}`,
  );
}

describe("what other networks would do with an announcement", () => {
  const REJECT = "other networks would reject what ams, nyc announce (RPKI invalid)";
  const cases: [name: string, cidr: string, vrps: Vrp[], found: string][] = [
    ["exact", "203.0.113.0/24", [vrp("203.0.113.0/24", 24, 64500)], "ok ROA 203.0.113.0/24: covers"],
    [
      "another origin",
      "203.0.113.0/24",
      [vrp("203.0.0.0/16", 24, 64501)],
      `problem ROA 203.0.113.0/24: ${REJECT}: the origin is AS64500, and there is 203.0.0.0/16-24 AS64501. Publish a ROA for AS64500, 203.0.113.0/24, maxLength 24`,
    ],
    [
      "longer than the own ROA allows",
      "198.51.100.0/24",
      [vrp("198.51.100.0/22", 22, 64500), vrp("198.51.100.0/22", 24, 64501)],
      `problem ROA 198.51.100.0/24: ${REJECT}: /24 is longer than AS64500 may announce, by 198.51.100.0/22-22 AS64500.`,
    ],
    [
      "nobody may announce it (AS0)",
      "203.0.113.0/24",
      [vrp("203.0.113.0/24", 24, 0)],
      "there is 203.0.113.0/24-24 AS0.",
    ],
    [
      "own and another's",
      "203.0.113.0/24",
      [vrp("203.0.113.0/24", 24, 64501), vrp("203.0.113.0/24", 24, 64500)],
      "ok ROA",
    ],
    [
      "none",
      "203.0.113.0/24",
      [vrp("203.0.113.0/25", 25, 64501)],
      "warning ROA 203.0.113.0/24: there is none: anyone may announce the prefix, and networks that ask for a ROA reject it. Publish a ROA for AS64500,",
    ],
    [
      "more than is announced (RFC 9319)",
      "198.51.100.0/22",
      [vrp("198.51.100.0/22", 24, 64500)],
      "warning ROA 198.51.100.0/22: allows longer prefixes than are announced, which others could announce in the name of AS64500 (RFC 9319): 198.51.100.0/22-24 AS64500. Publish a ROA for AS64500, 198.51.100.0/22, maxLength 22 instead",
    ],
    ["IPv6", "2001:db8:53::/48", [vrp("2001:db8::/32", 48, 64501)], "problem ROA 2001:db8:53::/48"],
    ["IPv6, exact", "2001:db8:53::/48", [vrp("2001:db8:53::/48", 48, 64500)], "ok ROA 2001:db8:53::/48"],
    [
      "many",
      "203.0.113.0/24",
      Array.from({ length: 7 }, (_, index) => vrp("203.0.113.0/24", 24, 64501 + index)),
      "203.0.113.0/24-24 AS64505, 2 more. Publish",
    ],
  ];
  test.each(cases)("%s", (_name, cidr, vrps, found) => {
    const [one, ...others] = findings(cidr, list(vrps));
    expect(one).toContain(found);
    expect(others).toEqual([]);
  });
});

test("a ROA that has expired is none, and is named", () => {
  expect(findings("203.0.113.0/24", list([], { expired: [vrp("203.0.113.0/24", 24, 64500)] }))[0]).toContain(
    "warning ROA 203.0.113.0/24: there is none that still counts (expired: 203.0.113.0/24-24 AS64500):",
  );
});

test("a source is old after a day", () => {
  const exact = [vrp("203.0.113.0/24", 24, 64500)];
  const age = (hours: number): string[] => findings("203.0.113.0/24", list(exact, { made: NOW - hours * 3_600_000 }));
  expect(age(24)).toHaveLength(1);
  expect(age(31)[0]).toBe(
    "warning ROA source: vrps.json was made 31 hours ago, and says nothing about ROAs that have changed since. Look after the validator that writes it",
  );
  expect(findings("203.0.113.0/24", list(exact, { made: undefined }))).toHaveLength(1);
});

test("a source that cannot be read is a problem, and none is unknown", () => {
  const announced = { origin: 64500, prefixes: [] };
  expect(roaFindings(announced, { failure: "the ROAs could not be read" }, NOW)).toMatchObject([{ status: "problem" }]);
  expect(roaFindings(announced, undefined, NOW)).toMatchObject([{ status: "unknown" }]);
});

const NETWORK: NetworkInput = {
  asn: 64500,
  prefixes: ["203.0.113.0/24"],
  services: {
    web: { kind: "external", addresses: ["203.0.113.1"], ports: ["tcp/80"], checks: [{ kind: "tcp", port: 80 }] },
  },
  sites: {
    ams: { host: { provider: "lab", region: "ams" } },
    nyc: { host: { provider: "lab", region: "nyc" }, state: "drained" },
  },
};

test("what drained sites announce is judged, too", () => {
  expect(announcedOf(summaryOf(planNetwork(NETWORK)))).toEqual({
    origin: 64500,
    prefixes: [{ prefix: prefix("203.0.113.0/24"), sites: ["ams", "nyc"] }],
  });
});

test("the origin is the one that others see", () => {
  const rpki = { vrps: "vrps.json", origin: 64496 };
  expect(announcedOf(summaryOf(planNetwork({ ...NETWORK, rpki })))).toMatchObject({ origin: 64496 });
});

describe("a source that cannot be one is refused with its path", () => {
  test.each([
    ["ftp://example.net/vrps.json", "is neither a file nor an http or https URL"],
    ["https://user:secret@example.net/", "has a user or a password, and would show it in every message"],
    ["https://", "is neither a file nor"],
    ["a\nb", "has a control character"],
    ["", "anycast:network.rpki.vrps: "],
  ])("%j", (vrps, message) => {
    expect(() => planNetwork({ ...NETWORK, rpki: { vrps } })).toThrow(message);
    expect(() => planNetwork({ ...NETWORK, rpki: { vrps } })).not.toThrow("secret");
  });
});
