import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { finding } from "../testing/loopback.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "anycast-unit-"));
  vi.stubEnv("PATH", `${folder}:${process.env["PATH"]}`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** What `systemctl is-active -- nginx.service` does. */
async function systemctl(script: string): Promise<void> {
  const file = join(folder, "systemctl");
  await writeFile(file, `#!/bin/sh\ntest "$*" = "is-active -- nginx.service" || exit 99\n${script}\n`);
  await chmod(file, 0o755);
}
const unit = { kind: "unit", unit: "nginx.service" } as const;

test.each([
  ["echo active", "healthy"],
  ["echo inactive; exit 3", "the unit is inactive"],
  ["echo failed; exit 3", "the unit is failed"],
  ["echo activating; exit 3", "the unit is activating"],
  [
    "echo 'Failed to connect to bus: No such file or directory' >&2; exit 1",
    "systemd does not answer: Failed to connect to bus: No such file or directory",
  ],
])("%s: %s", async (script, expected) => {
  await systemctl(script);
  expect(await finding(unit)).toBe(expected);
});

test("a systemd that hangs lasts until the signal", async () => {
  await systemctl("sleep 60");
  expect(await finding(unit, 100)).toBe("given up");
});
