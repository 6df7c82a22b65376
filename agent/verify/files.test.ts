import { expect, test } from "vitest";
import { ABSENT, type Entry } from "../apply/entry.ts";
import { run } from "../exec.ts";
import { fileDrift } from "./files.ts";

function file(text: string, more: { mode?: number; uid?: number } = {}): Entry {
  return { kind: "file", content: Buffer.from(text), mode: 0o644, uid: 0, gid: 0, ...more };
}

const drift = (before: Entry, after: Entry, secret = false) =>
  fileDrift(run, { path: "/etc/x", before, after }, secret);

test("a changed line is named and shown", async () => {
  expect(await drift(file("a\nb\nX\nd\n"), file("a\nb\nc\nd\n"))).toEqual({
    about: "/etc/x",
    problem: "differs from what was applied",
    line: 3,
    diff: "--- applied\n+++ found\n@@ -2,3 +2,3 @@\n b\n-c\n+X\n d",
  });
});

test("a file that ends too early", async () => {
  expect(await drift(file("a\n"), file("a\nb\n"))).toMatchObject({ line: 2, diff: expect.stringContaining("-b") });
});

test("of a file with secrets nothing is shown", async () => {
  expect(await drift(file("old secret"), file("new secret"), true)).toEqual({
    about: "/etc/x",
    problem: "differs from what was applied",
    line: null,
    diff: null,
  });
});

test.each([
  [ABSENT, file(""), "is missing"],
  [file(""), ABSENT, "is there and should not be"],
  [file("", { mode: 0o666 }), file(""), "has mode 0666 and should have 0644"],
  [file("", { uid: 1000 }), file(""), "belongs to 1000:0 and should belong to 0:0"],
  [{ kind: "link", target: "/b" }, { kind: "link", target: "/a" }, "is a link to /b and should be a link to /a"],
] as [Entry, Entry, string][])("%j instead of %j", async (found, applied, problem) => {
  expect(await drift(found, applied)).toEqual({ about: "/etc/x", problem, line: null, diff: null });
});
