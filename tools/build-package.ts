import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { bundleAgent } from "../agent/bundle.ts";

/** Builds what `npm pack` packs into `dist/lib`: JavaScript with types, and the agent for the hosts. */
const root = join(import.meta.dirname, "..");
const built = join(root, "dist/lib");

await rm(built, { recursive: true, force: true });
await execa("tsc", ["--project", "tsconfig.build.json"], { cwd: root, preferLocal: true, stdio: "inherit" });
await copyFile((await bundleAgent()).path, join(built, "agent/anycast-agent.mjs"));
// The same bundle that a checkout makes of it on first use.
await execa("sh", [
  "-c",
  'root=$1; . "$root/tools/plugins/bundled.sh"; bundled plugins/anycast-vultr plugins/anycast-vultr clients/vultr model/vultr',
  "sh",
  root,
]);
// The package brings the agent: it needs no bundler.
for (const file of ["bundle.js", "bundle.d.ts"]) await rm(join(built, "agent", file));
