import { expect, test } from "vitest";
import { runCommand } from "./command.ts";

test("passes on each line of both streams", async () => {
  const lines: string[] = [];
  await runCommand("sh", ["-c", "echo one; echo two >&2; echo; echo three"], { progress: (line) => lines.push(line) });
  expect(lines.toSorted()).toEqual(["one", "three", "two"]);
});

test("a failure names the program and shows the last lines only", async () => {
  const failing = runCommand("sh", ["-c", "seq 30; exit 4"], { progress: () => undefined });
  await expect(failing).rejects.toThrow(/^sh failed with exit status 4\.\n {2}21\n(.*\n)*? {2}30$/);
});

test("a program that is not there", async () => {
  await expect(runCommand("no-such-program", [], { progress: () => undefined })).rejects.toThrow(
    /^no-such-program .*ENOENT/,
  );
});

test("a program that takes too long is ended", async () => {
  const slow = runCommand("sleep", ["60"], { progress: () => undefined, timeout: 50 });
  await expect(slow).rejects.toThrow("sleep took too long.");
});
