import { describe, expect, test } from "vitest";
import { networkIn, readStackConfig } from "./stack-config.ts";

function read(config: string) {
  return readStackConfig(`config:\n${config}`, "stacks/Pulumi.t.yaml", "anycast");
}

test.each([
  ["anycast:network: { asn: 1 }", { asn: 1 }],
  ["network: { asn: 1 }", { asn: 1 }],
  ["anycast:config:network: { asn: 1 }", { asn: 1 }],
  [`anycast:network: '{ "asn": 1 }'`, { asn: 1 }],
  ["anycast:network: ", undefined],
  ["aws:region: us-east-1", undefined],
])("the network in %j is %j", (config, network) => {
  expect(networkIn(read(`  ${config}\n`))).toEqual(network);
});

test.each(["", "# nothing yet\n", "config:\n", "encryptionsalt: v1:abc\n", "---\n"])("%j has no network", (text) => {
  expect(networkIn(readStackConfig(text, "x", "anycast"))).toBeUndefined();
});

test.each([
  ["a: {}\n", "\tb: 1\n", "stacks/Pulumi.t.yaml:3:1: a tab is not allowed here. Use spaces"],
  ["  a: *b\n", "", "stacks/Pulumi.t.yaml:2:6: there is no anchor '&b' before it. Define it, or correct its name"],
  ["  a: &b [*b]\n", "", "stacks/Pulumi.t.yaml:2:10: '&b' contains itself. Remove the alias"],
  [
    "  a:b:c: 1\n",
    "",
    "stacks/Pulumi.t.yaml: the key 'a:b:c' in `config` has too many colons. Write it as in anycast:network",
  ],
  ["  - a\n", "", "stacks/Pulumi.t.yaml: `config` has to be a map. Correct it"],
])("a mistake in %j%j is named by file, line and column", (first, second, message) => {
  expect(() => read(`${first}${second}`)).toThrow(message);
});

/** What we have against a text, with line and column. */
function objections(config: string): string[] {
  return read(config).objections.map(({ line, column, problem }) => `${line}:${column} ${problem}`);
}

describe("what Pulumi takes and we do not", () => {
  test.each([
    ["  anycast:network: { asn: 064500 }\n", "2:27 064500 has a leading zero, and Pulumi reads it as 26944."],
    ["  anycast:network: { port: 089 }\n", "2:28 089 has a leading zero, and Pulumi reads it as 89."],
    ["  anycast:network: { a: 2026-01-02 }\n", "2:25 Pulumi reads 2026-01-02 as a date. Put it in quotes"],
    ["  anycast:network: { 0x10: a }\n", "2:22 Pulumi reads the key 0x10 as '16'. Put it in quotes"],
    ["  anycast:network: { a: { secure: v1:x } }\n", "2:25 a secret cannot be used here"],
    ["  network: { secure: v1:x }\n", "2:12 a secret cannot be used here"],
    ["  anycast:bgpPasswords: { ams: 0123 }\n", "2:32 0123 has a leading zero"],
  ])("%s", (config, problem) => {
    const found = objections(config);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(problem);
  });

  test.each([
    "  anycast:network: { asn: '064500', b: 0.5, c: 0, d: 0x10, e: 00:11 }\n",
    "  anycast:bgpPasswords: { secure: v1:x }\n",
    "  aws:accountId: 012345678901\n",
  ])("nothing of it is in %s", (config) => {
    expect(objections(config)).toEqual([]);
  });

  test("what comes by an alias is named at its own place", () => {
    expect(objections("  x:y: &a { port: 0022 }\n  anycast:network: { <<: *a }\n")).toEqual([
      expect.stringMatching(/^2:19 0022 has a leading zero/),
    ]);
  });
});

test("aliases that make a file grow without end are refused", () => {
  const levels = Array.from({ length: 9 }, (_, n) => `  l:${n + 1}: &a${n + 1} [${`*a${n},`.repeat(10)}]\n`);
  expect(() => read(`  l:0: &a0 [x, x]\n${levels.join("")}`)).toThrow("aliases make the file too large");
});

test("a site of hundreds can be merged from one", () => {
  const sites = Array.from({ length: 500 }, (_, n) => `      s${n}: { <<: *site, prepend: ${n % 4} }\n`);
  const network = networkIn(
    read(`  anycast:network:\n    sites:\n      s: &site { host: { provider: lab, region: fra } }\n${sites.join("")}`),
  ) as { sites: Record<string, unknown> };
  expect(Object.keys(network.sites)).toHaveLength(501);
  expect(network.sites["s7"]).toEqual({ host: { provider: "lab", region: "fra" }, prepend: 3 });
});
