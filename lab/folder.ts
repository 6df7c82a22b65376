import { createHash } from "node:crypto";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

/** A lab: the folder with everything that it makes, and the id that its names in the kernel carry. */
export interface Lab {
  /** Absolute path of the folder. */
  readonly folder: string;
  /** Six hex digits that two folders on one machine never share: a hash of the path. */
  readonly id: string;
}

/** This checkout's lab: the folder that `ANYCAST_LAB_DIR` names, by default `.lab` in the checkout. */
export function thisLab(): Lab {
  const named = process.env["ANYCAST_LAB_DIR"];
  return labAt(named !== undefined && named !== "" ? named : join(import.meta.dirname, "..", ".lab"));
}

/** The lab in a folder, which need not exist. One folder is one lab, by whatever symbolic links it is reached. */
export function labAt(path: string): Lab {
  const folder = realPath(resolve(path));
  return { folder, id: createHash("sha256").update(folder).digest("hex").slice(0, 6) };
}

function realPath(path: string): string {
  if (existsSync(path) || dirname(path) === path) return realpathSync(path);
  return join(realPath(dirname(path)), basename(path));
}

/** The name of a node's network namespace, `lab-<id>-<node>`. */
export function namespaceOf(lab: Lab, node: string): string {
  return `lab-${lab.id}-${node}`;
}

/** The name of the lab's one interface in the machine's own namespace. */
export function managementInterface(lab: Lab): string {
  return `lab-${lab.id}`;
}

/** The places in a lab's folder. */
export function labPaths(lab: Lab) {
  return {
    /** Says that the folder is a lab's, so that `down` may remove it. */
    marker: join(lab.folder, "this-is-a-lab"),
    state: join(lab.folder, "state.json"),
    account: join(lab.folder, "account.json"),
    ssh: join(lab.folder, "ssh"),
    operatorKey: join(lab.folder, "ssh", "id_ed25519"),
    /** One folder a host: what it wrote over the base image. */
    host: (site: string) => join(lab.folder, "hosts", site),
    /** One folder a router or client. */
    node: (node: string) => join(lab.folder, "nodes", node),
    log: (node: string) => join(lab.folder, "log", `${node}.log`),
  };
}

/** What others may have put into the folder before the lab was started: Pulumi's state. */
const NOT_FOREIGN = new Set(["pulumi"]);

/**
 * Makes the lab's folder.
 *
 * @throws Error when the folder holds something that is not a lab's: `down` would remove it
 */
export async function makeLabFolder(lab: Lab): Promise<void> {
  const { marker } = labPaths(lab);
  await mkdir(lab.folder, { recursive: true });
  if (!existsSync(marker)) {
    const foreign = readdirSync(lab.folder).find((name) => !NOT_FOREIGN.has(name));
    if (foreign !== undefined && !existsSync(marker)) {
      throw new Error(
        `${lab.folder} cannot be the lab's folder: it already holds '${foreign}'. Let ANYCAST_LAB_DIR name a new or empty folder.`,
      );
    }
    await writeFile(marker, "Everything in this folder is removed by: npm run lab -- down\n");
  }
  await Promise.all(["hosts", "nodes", "log"].map((name) => mkdir(join(lab.folder, name), { recursive: true })));
}
