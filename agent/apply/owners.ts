import { readFile } from "node:fs/promises";
import { AgentError } from "../error.ts";

/** The number of a user and of a group. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Reads the host's users and groups. Returns what finds an owner, given as in `root:bird`; it throws an AgentError for one that the host does not have. */
export async function ownerLookup(): Promise<(owner: string) => Owner> {
  const [users, groups] = await Promise.all(["/etc/passwd", "/etc/group"].map(numbersByName));
  return (owner) => {
    const [user = "", group = ""] = owner.split(":");
    const uid = users?.get(user);
    const gid = groups?.get(group);
    if (uid !== undefined && gid !== undefined) return { uid, gid };
    throw new AgentError(
      `the host has no ${uid === undefined ? `user '${user}'` : `group '${group}'`}: is its package installed?`,
    );
  };
}

/** Lines as in `root:x:0:…`. */
async function numbersByName(path: string): Promise<Map<string, number>> {
  const lines = (await readFile(path, "utf8")).split("\n").map((line) => line.split(":"));
  return new Map(lines.map(([name = "", , id]) => [name, Number(id)]));
}
