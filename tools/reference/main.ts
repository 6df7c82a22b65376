import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { referenceFiles } from "./files.ts";

// Makes from the schema of the configuration what editors, the package's types and the docs say of it.
for (const { path, content } of await referenceFiles())
  writeFileSync(join(import.meta.dirname, "../..", path), content);
