import { expect, test } from "vitest";
import { missingPackages } from "./debian-packages.ts";

test("packages are missing when they are unknown, removed or half installed", () => {
  const listing = "curl installed\niproute2 config-files\nmmdebstrap half-configured\ncurl-doc installed";
  expect(missingPackages(["curl", "iproute2", "mmdebstrap", "systemd-container"], listing)).toEqual([
    "iproute2",
    "mmdebstrap",
    "systemd-container",
  ]);
});
