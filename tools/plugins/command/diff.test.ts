import { expect, test } from "vitest";
import { diff } from "./diff.ts";
import { secret } from "./wire.ts";

const asset = (hash: string, path: string) => ({
  "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17",
  hash,
  path,
});

// Which inputs changed is the engine's to find: `changes` is never set.
test.each([
  ["nothing changed", { triggers: ["a"], create: "x" }, { triggers: ["a"], create: "x" }, {}],
  ["another input changed", { create: "x", stdin: "1" }, { create: "y", stdin: "2" }, {}],
  ["outputs in the state", { triggers: ["a"], stdout: "o" }, { triggers: ["a"] }, {}],
  ["another trigger", { triggers: ["a"] }, { triggers: ["b"] }, { replaces: ["triggers"] }],
  ["one trigger more", { triggers: ["a"] }, { triggers: ["a", "b"] }, { replaces: ["triggers"] }],
  ["the first trigger", {}, { triggers: ["a"] }, { replaces: ["triggers"] }],
  ["triggers no more", { triggers: ["a"] }, {}, { replaces: ["triggers"] }],
  ["a trigger inside an object", { triggers: [{ a: 1 }] }, { triggers: [{ a: 2 }] }, { replaces: ["triggers"] }],
  ["a trigger that becomes secret", { triggers: ["a"] }, { triggers: [secret("a")] }, {}],
  ["a secret trigger", { triggers: [secret("a")] }, { triggers: [secret("b")] }, { replaces: ["triggers"] }],
  ["a file elsewhere", { triggers: [asset("h", "a")] }, { triggers: [asset("h", "b")] }, {}],
  ["a file's content", { triggers: [asset("h", "a")] }, { triggers: [asset("i", "a")] }, { replaces: ["triggers"] }],
])("%s", (_name, olds, news, expected) => {
  expect(diff(olds, news)).toEqual(expected);
});
