import * as pulumi from "@pulumi/pulumi";
import type { ApplyResult } from "../model/manifest.ts";

/** Shows, in the output of `pulumi up`, what an apply that went through warned of. */
export async function showWarnings(
  { site, warnings }: Pick<ApplyResult, "site" | "warnings">,
  resource: pulumi.Resource,
): Promise<void> {
  for (const warning of warnings) await pulumi.log.warn(`${site}: ${warning}`, resource);
}
