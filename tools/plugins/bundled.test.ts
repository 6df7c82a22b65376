import { cp, mkdir, mkdtemp, realpath, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, expect, test } from "vitest";

const CHECKOUT = join(import.meta.dirname, "../..");

let root: string;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "anycast-bundled-")));
  await mkdir(join(root, "tools/plugins"), { recursive: true });
  await mkdir(join(root, "cloud/program"), { recursive: true });
  await mkdir(join(root, "other"));
  await cp(join(CHECKOUT, "tools/plugins/bundled.sh"), join(root, "tools/plugins/bundled.sh"));
  await symlink(join(CHECKOUT, "node_modules"), join(root, "node_modules"));
  await writeFile(join(root, "package-lock.json"), "{}");
  await write("cloud/where.ts", "export const where: string = import.meta.dirname;");
  await write("cloud/program/main.ts", 'import { where } from "../where.ts"; console.log(where, "before");');
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

async function write(path: string, text: string): Promise<void> {
  await writeFile(join(root, path), text);
}

/** What the program prints. */
async function bundled(): Promise<string> {
  const script = `set -eu; root=$1; . "$root/tools/plugins/bundled.sh"; program=$(bundled cloud/program cloud other); node "$program"`;
  return (await execa("sh", ["-c", script, "sh", root], { cwd: "/" })).stdout;
}

test("a program keeps its folder's parent as the place of its modules", async () => {
  expect(await bundled()).toBe(`${join(root, "cloud")} before`);
});

test("a change in a source makes the bundle again, and nothing else does", async () => {
  await bundled();
  // As old as what stood there before the bundle was made.
  await write("cloud/program/main.ts", 'console.log("after");');
  await utimes(join(root, "cloud/program/main.ts"), 1, 1);
  expect(await bundled()).toMatch(/before$/);
  await write("other/new.ts", "");
  expect(await bundled()).toBe("after");
});

test("a source that cannot be bundled is told with its line, and runs once it is mended", async () => {
  await bundled();
  const whole = "import { where } from '../where.ts'; console.log(where, 'again');";
  await write("cloud/program/main.ts", "const = ;");
  await expect(bundled()).rejects.toThrow(/main\.ts:1:6/);
  await write("cloud/program/main.ts", whole);
  expect(await bundled()).toMatch(/again$/);
});
