import { describe, expect, test } from "vitest";
import { containsUnknown, plain, secret, sourceOf } from "./wire.ts";

const signature = "4dabf18193072939515e22adb298388d";
const asset = (fields: object) => ({ [signature]: "c44067f5952c0a294b673a41bacd8c17", ...fields });
const archive = (fields: object) => ({ [signature]: "0def7320c3a5731c473e5ecbe6d01bc7", ...fields });
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

test("plain takes off every mark of secrecy and nothing else", () => {
  const wire = { a: secret({ b: [secret("x"), 1] }), c: asset({ hash: "h" }), d: unknown };
  expect(plain(wire)).toEqual({ a: { b: ["x", 1] }, c: asset({ hash: "h" }), d: unknown });
});

test.each([
  [{ a: [{ b: unknown }] }, true],
  [secret({ host: unknown }), true],
  [{ a: ["x", 1, null, true] }, false],
])("containsUnknown(%j) is %s", (wire, expected) => {
  expect(containsUnknown(wire)).toBe(expected);
});

describe("sourceOf", () => {
  test.each([
    ["a file", asset({ hash: "h", path: "a/b" }), { kind: "asset", hash: "h", path: "a/b", text: undefined }],
    ["a text", asset({ hash: "h", text: "t" }), { kind: "asset", hash: "h", path: undefined, text: "t" }],
    ["an empty text", asset({ hash: "h" }), { kind: "asset", hash: "h", path: undefined, text: "" }],
    [
      "a remote file",
      asset({ uri: "https://x" }),
      { kind: "asset", hash: undefined, path: undefined, text: undefined },
    ],
    ["a folder", archive({ hash: "h", path: "a" }), { kind: "archive", hash: "h", path: "a", text: undefined }],
    ["an archive of assets", archive({ assets: {} }), { kind: "archive", hash: undefined, path: undefined }],
    ["a secret file", secret(asset({ path: "a" })), { kind: "asset", hash: undefined, path: "a", text: undefined }],
  ])("reads %s", (_name, wire, expected) => {
    expect(sourceOf(wire)).toEqual(expected);
  });

  test.each([["a"], [{ path: "a" }], [undefined], [[]]])("%j is none", (wire) => {
    expect(sourceOf(wire)).toBeUndefined();
  });
});
