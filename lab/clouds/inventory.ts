import type { Lab } from "../folder.ts";
import { cloudObjects } from "./store.ts";
import { isThere } from "./vultr/server-status.ts";
import { vultrOf } from "./vultr/lab-cloud.ts";

/** Something that the customer has at a simulated cloud. */
export interface CloudItem {
  readonly cloud: "vultr" | "equinixMetal";
  /** As in `instance`, or the type's token. */
  readonly kind: string;
  readonly id: string;
  /** The host name of a server, what else is named by. */
  readonly name: string;
  /** The lab's host behind a server. */
  readonly host?: string | undefined;
  readonly region?: string;
  readonly plan?: string;
  readonly label?: string;
  readonly tags?: readonly string[];
}

/** All that there is at a lab's clouds; nothing secret. */
export async function cloudItems(lab: Lab): Promise<CloudItem[]> {
  const vultr = vultrOf(lab);
  const { keys, groups, servers } = await vultr.store.read();
  const shown = servers
    .filter((server) => isThere(vultr, server))
    .map(({ kind, id, hostname, host, region, plan, label, tags }): CloudItem => {
      return { cloud: "vultr", kind, id, name: hostname, host, region, plan, label, tags };
    });
  const others = (await cloudObjects(lab)).map(({ type, id, inputs, host }): CloudItem => {
    const name = [inputs["hostname"], inputs["name"], ""].find((each) => typeof each === "string") ?? "";
    return { cloud: "equinixMetal", kind: type, id, name, host };
  });
  return [
    ...keys.map(({ id, name }): CloudItem => ({ cloud: "vultr", kind: "sshKey", id, name })),
    ...groups.map(({ id, description }): CloudItem => ({
      cloud: "vultr",
      kind: "firewallGroup",
      id,
      name: description,
    })),
    ...shown,
    ...others,
  ];
}
