import { randomUUID } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { contentHash, type AgentBundle } from "./version.ts";

const folder = dirname(fileURLToPath(import.meta.url));

/** What stands for modules of zod that the agent does not need: file → contents. */
const LEAN_ZOD: Readonly<Record<string, string>> = {
  // Its messages in some 50 languages, half of the bundle and of its start-up time: the agent speaks English.
  "locales/index.js": 'export { default as en } from "./en.js";',
  // JSON schemas, which the agent neither reads nor writes.
  "classic/from-json-schema.js": "export const fromJSONSchema = undefined;",
  "core/json-schema-processors.js": "export const toJSONSchema = undefined;",
  "core/json-schema-generator.js": "export const JSONSchemaGenerator = undefined;",
  "core/to-json-schema.js":
    "const none = () => () => ({}); export { none as createToJSONSchemaMethod, none as createStandardJSONSchemaMethod };",
};

const leanZod: Plugin = {
  name: "lean-zod",
  setup(esbuild) {
    for (const [file, contents] of Object.entries(LEAN_ZOD))
      esbuild.onLoad({ filter: new RegExp(`zod/v4/${file.replace(".", "\\.")}$`) }, () => ({ contents }));
  },
};

/**
 * Builds the agent as one file with everything inside, for Node 18 (Debian 12's): `dist/agent-<hash>.mjs`.
 * The same sources give the same file.
 */
export async function bundleAgent(): Promise<AgentBundle> {
  const result = await build({
    entryPoints: [join(folder, "main.ts")],
    bundle: true,
    minify: true,
    platform: "node",
    target: "node18",
    format: "esm",
    // Libraries in the older module format ask for Node's own modules by `require`.
    banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' },
    plugins: [leanZod],
    // zod's schemas name the processors that are left out.
    logOverride: { "import-is-undefined": "silent" },
    legalComments: "none",
    absWorkingDir: dirname(folder),
    write: false,
  });
  const content = result.outputFiles[0]?.contents ?? new Uint8Array();
  const hash = contentHash(content);
  const path = join(dirname(folder), "dist", `agent-${hash}.mjs`);
  await mkdir(dirname(path), { recursive: true });
  // Whoever else bundles at the same time must never see half a file.
  const partial = `${path}.${randomUUID()}`;
  await writeFile(partial, content);
  await rename(partial, path);
  return { path, hash };
}
