import { describe, expect, test } from "vitest";
import { parsePrefix, type Prefix } from "./ip.ts";
import { validateOrigin, type Vrp } from "./roa.ts";

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if ("error" in parsed) throw new Error(text);
  return parsed;
}

const vrp = (text: string, maxLength: number, asn: number): Vrp => ({ prefix: prefix(text), maxLength, asn });

describe("known answers (RFC 6811)", () => {
  const cases: [name: string, vrps: Vrp[], announced: string, asn: number, state: string, loose: number][] = [
    ["no payload at all", [], "192.0.2.0/24", 64500, "not-found", 0],
    ["exact", [vrp("192.0.2.0/24", 24, 64500)], "192.0.2.0/24", 64500, "valid", 0],
    ["another origin", [vrp("192.0.2.0/24", 24, 64501)], "192.0.2.0/24", 64500, "invalid", 0],
    [
      "two origins",
      [vrp("192.0.2.0/24", 24, 64501), vrp("192.0.2.0/24", 24, 64500)],
      "192.0.2.0/24",
      64500,
      "valid",
      0,
    ],
    ["longer than maxLength", [vrp("198.51.100.0/22", 22, 64500)], "198.51.100.0/24", 64500, "invalid", 0],
    ["inside maxLength, exact", [vrp("198.51.100.0/22", 24, 64500)], "198.51.100.0/24", 64500, "valid", 0],
    ["loose maxLength (RFC 9319)", [vrp("198.51.100.0/22", 24, 64500)], "198.51.100.0/22", 64500, "valid", 1],
    ["shorter than the payload", [vrp("192.0.2.0/25", 25, 64500)], "192.0.2.0/24", 64500, "not-found", 0],
    ["beside the payload", [vrp("192.0.3.0/24", 24, 64500)], "192.0.2.0/24", 64500, "not-found", 0],
    ["AS0 (RFC 6483)", [vrp("192.0.2.0/24", 24, 0)], "192.0.2.0/24", 0, "invalid", 0],
    ["the other family", [vrp("0.0.0.0/0", 32, 64500)], "2001:db8::/32", 64500, "not-found", 0],
    ["IPv6 exact", [vrp("2001:db8:53::/48", 48, 64500)], "2001:db8:53::/48", 64500, "valid", 0],
    ["IPv6 covered by another's", [vrp("2001:db8::/32", 32, 64501)], "2001:db8:53::/48", 64500, "invalid", 0],
  ];
  test.each(cases)("%s", (_name, vrps, announced, asn, state, loose) => {
    const verdict = validateOrigin(vrps, prefix(announced), asn);
    expect({ state: verdict.state, loose: verdict.loose.length }).toEqual({ state, loose });
  });
});
