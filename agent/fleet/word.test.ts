import { createSecretKey, randomBytes } from "node:crypto";
import { expect, test, vi } from "vitest";
import type { Run } from "../exec.ts";
import type { Keys } from "./message.ts";
import { WordSet } from "./word-set.ts";
import { admittedWords, periodOf, WORD_PERIOD, wordOf } from "./word.ts";

const [key, next] = [createSecretKey(randomBytes(32)), createSecretKey(randomBytes(32))];
const [A, B, C] = [1, 2, 3];
const NOW = 1_700_000_000_000;

const admitted = (keys: Keys, wall: number): Set<number> =>
  new Set(admittedWords(keys, [B, C], A, wall).map(({ word }) => word));

test.each([-WORD_PERIOD, -60_000, 0, 60_000, WORD_PERIOD])(
  "a peer's word is let through when its clock is %s ms ahead",
  (ahead) => {
    for (const wall of [NOW, NOW + WORD_PERIOD / 2, NOW + WORD_PERIOD - 1])
      expect(admitted([key], wall)).toContain(wordOf(key, B, A, periodOf(wall + ahead)));
  },
);

test("words of other pairs, keys and times are not let through", () => {
  const period = periodOf(NOW);
  const words = admitted([key], NOW);
  for (const other of [
    wordOf(key, A, B, period),
    wordOf(key, B, C, period),
    wordOf(next, B, A, period),
    wordOf(key, B, A, period + 2),
    wordOf(key, B, A, period - 2),
  ])
    expect(words).not.toContain(other);
});

test("while the key changes the words of both are let through", () => {
  expect(admitted([key, next], NOW)).toContain(wordOf(next, B, A, periodOf(NOW)));
});

test("each word leaves when no peer within the tolerance may send it any more", () => {
  for (const { word, lasts } of admittedWords([key], [B], A, NOW)) {
    expect(lasts).toBeGreaterThan(0);
    expect(admitted([key], NOW + lasts - 1)).toContain(word);
    expect(admitted([key], NOW + lasts)).not.toContain(word);
  }
});

test("nft is told the newest words by standard input, one call at a time, and what fails is said once and without them", async () => {
  const inputs: string[] = [];
  const ends: ((status: number) => void)[] = [];
  const run: Run = (argv, { input } = {}) => {
    expect(argv.join(" ")).toBe("nft -f -");
    inputs.push(input ?? "");
    const stderr = `/dev/stdin:1:1: Error: No such file or directory\n${input}`;
    return new Promise((resolve) => ends.push((status) => resolve({ status, stdout: "", stderr })));
  };
  const logged: string[] = [];
  const words = new WordSet(run, (line) => logged.push(line));
  for (const word of [10, 11, 12]) words.admit([{ word, lasts: 1500 }]);
  expect(inputs).toEqual(["add element inet anycast_heartbeats words { 10 timeout 2s }\n"]);
  ends[0]?.(1);
  await vi.waitFor(() => expect(inputs[1]).toContain("{ 12 timeout 2s }"));
  ends[1]?.(1);
  await vi.waitFor(() => expect(logged).toHaveLength(1));
  expect(logged[0]).toMatch(/: Error: No such file or directory$/);
  words.admit([{ word: 13, lasts: 1 }]);
  await vi.waitFor(() => expect(inputs).toHaveLength(3));
  ends[2]?.(0);
});
