#!/usr/bin/env node
import { existsSync } from "node:fs";

// A checkout has the sources; the package has what was built from them.
if (existsSync(new URL("main.ts", import.meta.url))) {
  const { register } = await import("tsx/esm/api");
  register();
  await import("./main.ts");
} else {
  await import("../dist/lib/cli/main.js");
}
