import { main } from "@pulumi/pulumi/provider/index.js";
import { construct } from "./construct.ts";
import { packageSchema } from "./schema.ts";

/**
 * Serves the components to the engine, as the arguments of this process say, until the engine ends it.
 *
 * @param version of the package
 */
export function serve(version: string): Promise<void> {
  return main({ version, schema: JSON.stringify(packageSchema(version)), construct }, process.argv.slice(2));
}
