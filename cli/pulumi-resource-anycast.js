#!/usr/bin/env node
import { existsSync, readFileSync } from "node:fs";

// A checkout has the sources; the package has what was built from them.
const source = new URL("../provider/serve.ts", import.meta.url);
const inCheckout = existsSync(source);
if (inCheckout) {
  const { register } = await import("tsx/esm/api");
  register();
}
const { serve } = await import(inCheckout ? source : new URL("../dist/lib/provider/serve.js", import.meta.url));
await serve(JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version);
