import { expect, it } from "vitest";
import { birdDialect } from "./bird-dialect.ts";

it.each([
  ["2.0.12", false],
  ["2.0.12-7", false],
  ["2.16.1", false],
  ["2.17.6", true],
  ["2.20.0", true],
  ["3.1.8", true],
])("BIRD %s: newer grammar %s", (version, newer) => {
  expect(birdDialect(version)).toEqual({ authentication: newer, sendHoldTime: newer });
});

it.each(["1.6.8", "", "unknown"])("refuses version '%s'", (version) => {
  expect(() => birdDialect(version)).toThrow(`BIRD ${version} is not supported: install 2.0 or later`);
});
