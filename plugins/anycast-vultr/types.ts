import { VULTR_TYPES } from "../../model/vultr/resources.ts";
import { firewallGroup } from "./firewall-group.ts";
import { firewallOpenings, firewallRules } from "./firewall-rules.ts";
import { firstContactDone } from "./first-contact-done.ts";
import type { ResourceType } from "./resource.ts";
import { bareMetalServer, instance } from "./server.ts";
import { sshKey } from "./ssh-key.ts";

/** All resources of the package, by token. What the engine sends has been checked by the type's own fields. */
export const RESOURCE_TYPES = {
  [VULTR_TYPES.sshKey]: sshKey,
  [VULTR_TYPES.firewallGroup]: firewallGroup,
  [VULTR_TYPES.firewallOpenings]: firewallOpenings,
  [VULTR_TYPES.firewallRules]: firewallRules,
  [VULTR_TYPES.instance]: instance,
  [VULTR_TYPES.bareMetalServer]: bareMetalServer,
  [VULTR_TYPES.firstContactDone]: firstContactDone,
} as unknown as Readonly<Record<string, ResourceType>>;

/** The type of a resource, by its URN. */
export function resourceTypeOf(urn: string): ResourceType {
  const token = urn.split("::")[2]?.split("$").at(-1) ?? "";
  const type = RESOURCE_TYPES[token];
  if (type === undefined)
    throw new Error(`The package anycast-vultr has no ${token}; it has ${Object.keys(RESOURCE_TYPES).join(", ")}.`);
  return type;
}
