import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { commandPlugin, hasCommandPlugin, isRecent } from "./command-plugin.ts";

const hour = 3_600_000;
const now = Date.UTC(2026, 0, 2);

test.each([
  ["never failed", undefined, false],
  ["an hour ago", now - hour, true],
  ["23 hours ago", now - 23 * hour, true],
  ["25 hours ago", now - 25 * hour, false],
  ["in the future, as the clock was wrong", now + hour, false],
])("not tried again after a failure: %s", (_, at, expected) => {
  expect(isRecent(at, now)).toBe(expected);
});

describe("the step", () => {
  let base: string;

  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), "plugin-"));
    vi.stubEnv("XDG_CACHE_HOME", join(base, "cache"));
    vi.stubEnv("PATH", `${base}:${process.env["PATH"]}`);
    await program("pulumi-language-nodejs", "");
    // Installs what it is told to: plugin install resource NAME VERSION.
    const install = 'dir=$PULUMI_HOME/plugins/resource-$4-v$5; mkdir -p "$dir"; touch "$dir/pulumi-resource-$4"';
    await program("pulumi", `[ "$1" = version ] && { echo v3.250.0; exit; }\n${install}`);
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(base, { recursive: true });
  });

  async function program(name: string, script: string): Promise<void> {
    await writeFile(join(base, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(base, name), 0o755);
  }

  test("installs the official plugin where it can be reached", async () => {
    await program("curl", "exit 0");
    expect(await commandPlugin.needed()).toBe(true);
    expect(await commandPlugin.run(() => undefined)).toBeUndefined();
    expect(hasCommandPlugin()).toBe(true);
    expect(await commandPlugin.needed()).toBe(false);
  });

  test("says so where it cannot, and does not try again", async () => {
    await program("curl", "exit 6");
    expect(await commandPlugin.run(() => undefined)).toContain("stand-in");
    expect(hasCommandPlugin()).toBe(false);
    expect(await commandPlugin.needed()).toBe(false);
  });
});
