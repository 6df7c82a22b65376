import { z } from "zod";
import type { SiteInventory } from "../model/inventory.ts";
import { onHost } from "../preflight/on-host.ts";
import { CliError } from "./cli-error.ts";

/**
 * Asks a site's agent for something, by a command that prints JSON.
 *
 * @throws CliError with the agent's or ssh's own words
 */
export async function agentOn<T extends z.ZodType>(
  site: SiteInventory,
  identity: string | undefined,
  command: string,
  schema: T,
): Promise<z.output<T>> {
  const { unreachable, status, stdout, stderr } = await onHost(site, identity, `anycast-agent ${command}`);
  if (unreachable) throw new CliError(`SSH to ${site.name} (${site.management.address}): ${stderr}`);
  if (status !== 0) throw new CliError(stderr.replace(/^anycast-agent: /, ""));
  const parsed = schema.safeParse(JSON.parse(stdout));
  if (parsed.success) return parsed.data;
  throw new CliError(`${site.name}: its agent answers as another version: ${z.prettifyError(parsed.error)}`);
}
