import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const PROJECT = join(import.meta.dirname, "../..");
const RULES = 20;

const [, ...sections] = readFileSync(join(PROJECT, "docs/safety.md"), "utf8").split(/^## (?=\d+\.)/m);

test(`docs/safety.md has all ${RULES} rules in their order`, () => {
  expect(sections.map((section) => Number.parseInt(section))).toEqual(Array.from({ length: RULES }, (_, i) => i + 1));
});

test.each(sections.map((section) => [section.split("\n", 1)[0] ?? "", section] as const))(
  "the tests of %s are there",
  (_, section) => {
    const named = [...section.matchAll(/^- `(\S+)`: (.+)$/gm)].map(([, file = "", title = ""]) => ({ file, title }));
    expect(named).not.toEqual([]);
    const missing = named.filter(({ file, title }) => {
      const path = join(PROJECT, file);
      return !existsSync(path) || !readFileSync(path, "utf8").includes(title);
    });
    expect(missing).toEqual([]);
  },
);
