import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { buildPulumi, isRecentGo } from "./pulumi-build.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

test.each([
  ["go1.26.8", true],
  ["go1.21.0", true],
  ["go1.19.8", false],
  ["devel go1.25-abc", false],
  ["", false],
])("GOVERSION %j can build it: %j", (version, expected) => {
  expect(isRecentGo(version)).toBe(expected);
});

test("without Go, the error names all three ways to get the CLI", async () => {
  const folder = await mkdtemp(join(tmpdir(), "no-go-"));
  vi.stubEnv("PATH", folder);
  try {
    await expect(buildPulumi("3.250.0", folder, () => undefined)).rejects.toThrow(
      /^There is no Pulumi CLI on PATH, .*no go to build it with.*pulumi\.com.*get\.pulumi\.com.*Go 1\.21 or later/,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
