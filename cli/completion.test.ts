import { join } from "node:path";
import { execa } from "execa";
import { expect, test, vi } from "vitest";

// Each starts the program.
vi.setConfig({ testTimeout: 60_000 });

const PROJECT = join(import.meta.dirname, "..");

function anycast(...args: string[]) {
  return execa("node", ["cli/anycast.js", ...args], { cwd: PROJECT, reject: false });
}

/** What a shell is offered for the last word. */
async function offered(...words: string[]): Promise<string[]> {
  const { stdout } = await anycast("complete", "--", ...words);
  return stdout.split("\n").flatMap((line) => (line.startsWith(":") ? [] : [line.split("\t")[0] ?? ""]));
}

test.each<[words: string[], some: string[]]>([
  [[""], ["drain", "inventory", "completion"]],
  [
    ["drain", ""],
    ["ams", "fra"],
  ],
  [
    ["status", "--stack", ""],
    ["lab", "prod", "staging"],
  ],
  [
    ["inventory", "--format", "r"],
    ["rpsl", "roa"],
  ],
  [
    ["rollback", "--"],
    ["--to", "--yes"],
  ],
])("%j is completed", async (words, some) => {
  expect(await offered(...words)).toEqual(expect.arrayContaining(some));
});

test("bash takes what is printed for it; another shell is refused with those there are", async () => {
  const { stdout } = await anycast("completion", "bash");
  const { exitCode } = await execa("bash", ["-uc", `${stdout}\ncomplete -p anycast`]);
  expect(exitCode).toBe(0);
  const refused = await anycast("completion", "tcsh");
  expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
  expect(refused.stderr).toContain("Allowed choices are zsh, bash, fish, powershell.");
});
