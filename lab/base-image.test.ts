import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { baseImage } from "./base-image.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

test("without the image it says where it should be and what to run", async () => {
  const cache = await mkdtemp(join(tmpdir(), "no-image-"));
  vi.stubEnv("XDG_CACHE_HOME", cache);
  try {
    await expect(baseImage()).rejects.toThrow(
      new RegExp(`missing at ${cache}/pulumi-anycast/base-bookworm-[0-9a-f]{12}\\. Run npm run lab or npm test`),
    );
  } finally {
    await rm(cache, { recursive: true });
  }
});
