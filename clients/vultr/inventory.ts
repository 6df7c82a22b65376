import type { FoundServer } from "../../model/vultr/strays.ts";
import { OWN_TAG } from "../../model/vultr/tags.ts";
import type { VultrApi } from "./api.ts";
import { listServers } from "./servers.ts";

/** What the API says while a server has no address. */
const NO_ADDRESS = "0.0.0.0";

/**
 * Reads all servers of the account with our tag, virtual and physical, of whatever stack.
 *
 * @throws VultrError
 */
export async function readOwnServers(api: VultrApi): Promise<FoundServer[]> {
  const kinds = ["instance", "bareMetal"] as const;
  const lists = await Promise.all(
    kinds.map(async (kind) =>
      (await listServers(api, kind, { tag: OWN_TAG })).map(
        ({ id, hostname, label, plan, main_ip, tags, firewall_group_id }): FoundServer => ({
          kind,
          id,
          hostname: hostname || label,
          plan,
          mainIp: main_ip === NO_ADDRESS || main_ip === "" ? undefined : main_ip,
          tags: tags ?? [],
          firewallGroupId: firewall_group_id || undefined,
        }),
      ),
    ),
  );
  return lists.flat();
}
