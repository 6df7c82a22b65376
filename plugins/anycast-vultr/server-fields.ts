import { z } from "zod";
import type { VultrServer } from "../../clients/vultr/servers.ts";
import {
  identityOf,
  identityTag,
  unfinishedTag,
  type VultrInstanceInputs,
  type VultrServerInputs,
} from "../../model/vultr/resources.ts";
import type { Field, Found, OutputField, Properties } from "./resource.ts";

const text = (change: Field["change"], about: string): Field => ({
  schema: z.string().min(1, "must not be empty"),
  change,
  about,
});

/** The inputs of both kinds of server. */
export const serverInputs: { readonly [Key in keyof VultrServerInputs]: Field } = {
  region: text("replace", "Vultr's id of the location, as `ams`."),
  plan: text("replace", "The plan's id, as `vc2-1c-2gb`; one that was changed by hand is mended by a replacement."),
  osId: { schema: z.int("must be a number, as 2136"), change: "replace", about: "The operating system's id, as 2136." },
  label: text("update", "Shown at Vultr."),
  hostname: text("ignore", "The host's name at first; only counts when the server is made."),
  enableIpv6: { schema: z.boolean(), change: "update", about: "Whether it has an IPv6 address." },
  tags: {
    schema: z.array(z.string().min(1, "must not be empty")),
    change: "update",
    key: (value) => JSON.stringify([...new Set(value as string[])].toSorted()),
    about: "The server's tags, beside those by which the plugin marks it.",
  },
  sshKeyIds: {
    schema: z.array(z.string()),
    change: "ignore",
    about: "Ids of the account's SSH keys; only count when the server is made.",
  },
  userData: {
    schema: z.string(),
    change: "ignore",
    secret: true,
    about: "What cloud-init reads, as plain text; only counts when the server is made.",
  },
  generation: {
    schema: z.string(),
    change: "replace",
    about: "Names the template of first contact: another one makes another server.",
  },
  identity: {
    schema: z.string().regex(/^[0-9a-f]{16,64}$/, "must be 16 to 64 lower-case hexadecimal digits"),
    change: "ignore",
    about:
      "Who the server is, by which an interrupted create finds it again: unique for stack, resource and generation.",
  },
};

/** What Vultr says of both kinds of server. */
export const serverOutputs: Readonly<Record<string, OutputField>> = {
  mainIp: { type: "string", about: "The IPv4 address." },
  v6MainIp: { type: "string", about: "The IPv6 address; empty without IPv6." },
  os: { type: "string", about: "The operating system's name." },
  status: { type: "string", about: "`active`, `pending`, `suspended` and so on." },
  dateCreated: { type: "string", about: "When it was made, as in ISO 8601." },
  defaultPassword: { type: "string", secret: true, about: "The first password of root; empty when it was not told." },
};

/** A server as the state has it. What Vultr does not read back stays as it was known. */
export function foundServer(
  server: VultrServer,
  known: Partial<VultrInstanceInputs>,
  state: Properties,
  isInstance: boolean,
): Found<VultrInstanceInputs> {
  const tags = server.tags ?? [];
  const { identity = identityOf(tags)?.identity ?? "" } = known;
  const group = server.firewall_group_id ?? "";
  return {
    inputs: {
      region: server.region,
      plan: server.plan,
      osId: server.os_id,
      label: server.label,
      hostname: known.hostname ?? server.hostname ?? server.label,
      enableIpv6: hasIpv6(server),
      tags: inOrderOf(
        known.tags ?? [],
        tags.filter((tag) => identityOf([tag]) === undefined),
      ),
      sshKeyIds: known.sshKeyIds ?? [],
      userData: known.userData ?? "",
      generation: known.generation ?? "",
      identity,
      ...(isInstance && group !== "" ? { firewallGroupId: group } : {}),
    },
    facts: serverFacts(server, state, isInstance),
  };
}

export function serverFacts(server: VultrServer, state: Properties, isInstance: boolean): Properties {
  return {
    mainIp: server.main_ip,
    v6MainIp: server.v6_main_ip ?? "",
    os: server.os,
    status: server.status,
    dateCreated: server.date_created,
    defaultPassword: server.default_password ?? state["defaultPassword"] ?? "",
    ...(isInstance ? { powerStatus: server.power_status ?? "" } : {}),
  };
}

export function hasIpv6({ features, v6_main_ip }: VultrServer): boolean {
  return (features ?? []).includes("ipv6") || (v6_main_ip ?? "") !== "";
}

/** All tags of a complete server, or of one whose creation is not. */
export function allTags({ tags, identity }: VultrServerInputs, finished: boolean): string[] {
  return [...new Set([...tags, finished ? identityTag(identity) : unfinishedTag(identity)])];
}

function inOrderOf(known: readonly string[], tags: readonly string[]): string[] {
  return [...known.filter((tag) => tags.includes(tag)), ...tags.filter((tag) => !known.includes(tag)).toSorted()];
}
