import type { SiteInventory } from "../model/inventory.ts";
import { CliError } from "./cli-error.ts";
import { operator } from "./operator.ts";
import { plainText } from "./plain-text.ts";
import { onHost, quoted } from "./ssh.ts";

/**
 * Has a site's agent carry out an order in the name of whoever runs this.
 *
 * @param flags option → its text; undefined is left out
 * @throws CliError with the agent's or ssh's own words
 */
export async function giveOrder(
  site: SiteInventory,
  identity: string | undefined,
  order: string,
  flags: Readonly<Record<string, string | undefined>> = {},
): Promise<void> {
  const options = Object.entries({ ...flags, by: operator() }).flatMap(([name, text]) =>
    text === undefined ? [] : [` --${name} ${quoted(text)}`],
  );
  const { status, stderr } = await onHost(site, identity, `anycast-agent ${order}${options.join("")}`);
  if (status !== 0)
    throw new CliError(`${site.name}: ${plainText(stderr) || `its agent ended with status ${status} and no message`}`);
}
