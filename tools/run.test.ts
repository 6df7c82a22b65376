import { chmod, cp, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, expect, test } from "vitest";

/** A checkout in which everything that `tools/run` calls is a stub that says how it was called. */
let checkout: string;

beforeEach(async () => {
  checkout = await mkdtemp(join(tmpdir(), "run-"));
  await mkdir(join(checkout, "bin"));
  await mkdir(join(checkout, "tools"));
  await cp(join(import.meta.dirname, "run"), join(checkout, "tools", "run"));
  await writeFile(join(checkout, "package-lock.json"), "{}\n");
  for (const real of ["sh", "dirname", "date", "sha256sum", "flock", "env", "cat", "mkdir", "cmp", "readlink"]) {
    const { stdout } = await execa("which", [real]);
    await symlink(stdout, join(checkout, "bin", real));
  }
  await stub("uname", "echo Linux");
  await stub("apt-get", "");
  await stub("id", "echo 0");
  await stub("node", '[ "$1" = --version ] && echo v22.3.0 || echo "node $*"');
  await stub(
    "npm",
    'echo "npm $*" >&2; echo "added 3 packages"; mkdir -p node_modules; echo > node_modules/.package-lock.json',
  );
});

afterEach(async () => {
  await rm(checkout, { recursive: true });
});

async function stub(name: string, script: string): Promise<void> {
  const file = join(checkout, "bin", name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

function run(...args: string[]) {
  return execa(join(checkout, "tools", "run"), args, {
    env: { PATH: join(checkout, "bin"), HOME: "/home/me" },
    extendEnv: false,
    stdin: "ignore",
    reject: false,
  });
}

test("installs the npm packages, on standard error, and runs the script with its arguments", async () => {
  const { stdout, stderr, exitCode } = await run("lab/main.ts", "exec", "a b");
  expect(stdout).toBe("node --import tsx tools/setup/main.ts lab/main.ts exec a b");
  expect(stderr).toMatch(/npm ci .*\nok {2}npm packages {2}\d+\.\d s$/);
  expect(exitCode).toBe(0);
});

test("takes the packages of another checkout with the same lock file, and empties those of no other", async () => {
  const other = join(checkout, "other");
  await mkdir(join(other, "node_modules"), { recursive: true });
  await writeFile(join(other, "package-lock.json"), "{}\n");
  await symlink(join(other, "node_modules"), join(checkout, "node_modules"));
  expect(await run("lab/main.ts")).toMatchObject({ exitCode: 0, stderr: "" });
  await writeFile(join(other, "package-lock.json"), "{ }\n");
  expect((await run("lab/main.ts")).stderr).toBe(
    "node_modules is a link, and npm would empty what it leads to: remove the link.",
  );
});

test("does not install twice, but again once the lock file is another", async () => {
  await run("lab/main.ts");
  expect((await run("lab/main.ts")).stderr).toBe("");
  const lock = join(checkout, "package-lock.json");
  await writeFile(lock, '{ "changed": true }\n');
  await utimes(lock, new Date(0), new Date(0)); // by its content, whatever its date
  expect((await run("lab/main.ts")).stderr).toContain("npm ci");
});

test("packages installed by hand after the last change of the lock file are taken as they are", async () => {
  await mkdir(join(checkout, "node_modules"));
  await writeFile(join(checkout, "node_modules", ".package-lock.json"), "{}\n");
  const lock = join(checkout, "package-lock.json");
  await utimes(lock, new Date(0), new Date(0));
  expect((await run("lab/main.ts")).stderr).toBe("");
  const later = new Date(Date.now() + 60_000);
  await utimes(lock, later, later);
  expect((await run("lab/main.ts")).stderr).toContain("npm ci");
});

test("a failed installation ends it and is tried again", async () => {
  await stub("npm", "exit 1");
  for (let each = 0; each < 2; each++) {
    const { stdout, stderr, exitCode } = await run("lab/main.ts");
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
    expect(stderr).toContain("The npm packages could not be installed");
  }
});

test("passes on the exit status of the script", async () => {
  await stub("node", '[ "$1" = --version ] && echo v20.19.0 || exit 42');
  expect((await run("lab/main.ts")).exitCode).toBe(42);
});

test("who is not root gets there by sudo, with their own PATH and home folder", async () => {
  await stub("id", "echo 1000");
  await stub("sudo", '[ "$1" = -n ] || echo "sudo $*"');
  const { stdout } = await run("lab/main.ts", "down");
  const path = join(checkout, "bin");
  expect(stdout).toBe(`sudo -E env PATH=${path} HOME=/home/me node --import tsx tools/setup/main.ts lab/main.ts down`);
});

test.each([
  ["not Linux", { uname: "echo Darwin" }, "run on Linux only, and this is Darwin"],
  ["an old Node", { node: "echo v18.20.4" }, "Node 20.19 or later is needed, and this is Node v18.20.4."],
  ["a Node 20 that is too old", { node: "echo v20.18.1" }, "Node 20.19 or later is needed"],
  ["no Node", { node: "exit 127" }, "there is no node on PATH"],
  ["no right to use sudo", { id: "echo 1000", sudo: "exit 1" }, "sudo refused, so run it as root."],
  ["no sudo", { id: "echo 1000" }, "there is no sudo here, so run it as root."],
])("%s: one clear sentence", async (_, stubs, sentence) => {
  for (const [name, script] of Object.entries(stubs)) await stub(name, script);
  const { stdout, stderr, exitCode } = await run("lab/main.ts");
  expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
  expect(stderr).toContain(sentence);
  expect(stderr).not.toContain("\n");
});

test("no apt: one clear sentence", async () => {
  await rm(join(checkout, "bin", "apt-get"));
  const { stderr, exitCode } = await run("lab/main.ts");
  expect(stderr).toBe("The lab and the tests need Debian 12 or 13, or Ubuntu: there is no apt-get here.");
  expect(exitCode).toBe(1);
});
