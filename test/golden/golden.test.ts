import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { manifestSchema } from "../../model/manifest.ts";
import { renderManifest } from "../../render/manifest.ts";
import { CASES } from "./cases.ts";

/** After a change of the renderer that is meant: `npx vitest run --project unit test/golden --update`, then read the difference as what happens to a router. */
describe.each(Object.entries(CASES))("the files of %s", (name, rendering) => {
  const manifest = renderManifest(rendering);
  const folder = join(import.meta.dirname, name);

  it.each(Object.entries(manifest.files))("%s", async (path, { content }) => {
    await expect(content).toMatchFileSnapshot(join(folder, path));
  });

  it("are all that the folder holds", () => {
    const golden = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = golden.map((entry) => join(entry.parentPath, entry.name).slice(folder.length));
    expect(paths.toSorted()).toEqual(Object.keys(manifest.files));
  });

  it("are a manifest that the agent takes", () => {
    expect(manifestSchema.parse(JSON.parse(JSON.stringify(manifest)))).toEqual(manifest);
  });
});
