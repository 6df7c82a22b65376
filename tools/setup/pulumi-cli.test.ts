import { expect, test } from "vitest";
import { isRecent } from "./pulumi-cli.ts";

test.each([
  ["v3.250.0", true],
  ["v3.200.0\n", true],
  ["v3.199.9", false],
  ["v3.260.0-alpha.1", true],
  ["v2.300.0", false],
  ["v4.0.0", false],
  ["", false],
])("pulumi version %j is recent enough: %j", (version, expected) => {
  expect(isRecent(version)).toBe(expected);
});
