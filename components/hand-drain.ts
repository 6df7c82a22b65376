import { drainText, siteStatusSchema, withdrawalText } from "../model/site-status.ts";
import { outputOf, type Connection } from "./ssh-output.ts";

/**
 * What to say of a site that is deployed: who drained or withdrew it by hand, which an `up` does not end; or that it cannot be asked. Nothing when nobody did.
 */
export async function handDrain(site: string, connection: Connection): Promise<string | undefined> {
  try {
    const printed = await outputOf(connection, "anycast-agent status --json");
    const status = siteStatusSchema.pick({ drain: true, withdrawal: true }).safeParse(JSON.parse(printed));
    if (!status.success) throw new Error("its agent answers as another version");
    const { drain, withdrawal } = status.data;
    if (withdrawal !== null) return `${site} is ${withdrawalText(withdrawal)}`;
    return drain === null ? undefined : `${site} is ${drainText(drain)}`;
  } catch (error) {
    return `${site} cannot be asked whether it is drained by hand: ${(error as Error).message}`;
  }
}
