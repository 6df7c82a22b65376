import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const PROJECT = join(import.meta.dirname, "../..");
const pages = ["", "docs", "docs/providers", "docs/decisions"].flatMap((folder) =>
  readdirSync(join(PROJECT, folder)).flatMap((name) => (name.endsWith(".md") ? [join(folder, name)] : [])),
);

/** The anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
  return words.replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(/\s/g, "-");
}

function proseOf(page: string): string {
  return readFileSync(join(PROJECT, page), "utf8").replaceAll(/^( *)```[\s\S]*?^\1```$/gm, "");
}

function anchorsOf(page: string): Set<string> {
  return new Set([...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading)));
}

test.each(pages)("every link of %s leads somewhere", (page) => {
  const broken = [...proseOf(page).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].filter(
    ([, path = "", anchor]) => {
      const target = path === "" ? page : join(dirname(page), path);
      if (!existsSync(join(PROJECT, target))) return true;
      return anchor !== undefined && target.endsWith(".md") && !anchorsOf(target).has(anchor);
    },
  );
  expect(broken.map(([link]) => link)).toEqual([]);
});
