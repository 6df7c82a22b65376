import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Lab } from "../folder.ts";
import { withLock } from "../lock.ts";

/** The properties of something at a cloud. */
export type Properties = Readonly<Record<string, unknown>>;

/** Something that a customer made at a simulated cloud. */
export interface CloudObject {
  readonly id: string;
  /** The token of its type, as in `vultr:index/instance:Instance`. */
  readonly type: string;
  /** What the customer gave, without user data: that holds a private key. */
  readonly inputs: Properties;
  /** What the cloud tells of it beside that. */
  readonly attributes: Properties;
  /** The lab's host behind it. */
  readonly host: string | undefined;
}

/** The simulated clouds' only customer: what their forms and reviews would have settled. */
export interface CloudAccount {
  readonly asn: number;
  /** The registered prefixes, in CIDR notation. */
  readonly prefixes: readonly string[];
  readonly bgpPassword: string;
  /** The key that the API takes. */
  readonly apiKey: string;
  /** Whether Vultr's API lists the registered prefixes: not every account's does. Default: false. */
  readonly listsPrefixes?: boolean;
}

/** The places in a lab's folder. */
export function cloudPaths(lab: Lab) {
  const folder = join(lab.folder, "clouds");
  return {
    folder,
    objects: join(folder, "objects.json"),
    faults: join(folder, "faults.json"),
    account: join(folder, "account.json"),
  };
}

/** Reads a file of JSON that may not be there yet. */
export async function readJson<T>(path: string, otherwise: T): Promise<T> {
  return existsSync(path) ? (JSON.parse(await readFile(path, "utf8")) as T) : otherwise;
}

/** Writes a file of JSON, all or nothing, readable by root alone. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(`${path}.new`, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** Runs work that changes files of the clouds, one process at a time. */
export function withCloudLock<T>(lab: Lab, work: () => Promise<T>): Promise<T> {
  return withLock(`${lab.id}-clouds`, work);
}

/** All that there is at the lab's clouds. */
export async function cloudObjects(lab: Lab): Promise<CloudObject[]> {
  return readJson<CloudObject[]>(cloudPaths(lab).objects, []);
}

/** Changes what there is at the lab's clouds. */
export function changeObjects(lab: Lab, change: (objects: readonly CloudObject[]) => CloudObject[]): Promise<void> {
  return withCloudLock(lab, async () => {
    const { folder, objects } = cloudPaths(lab);
    await mkdir(folder, { recursive: true });
    await writeJson(objects, change(await cloudObjects(lab)));
  });
}

/** The customer. @throws Error when nobody rehearses in this lab */
export async function readCloudAccount(lab: Lab): Promise<CloudAccount> {
  const account = await readJson<CloudAccount | undefined>(cloudPaths(lab).account, undefined);
  if (account === undefined) throw new Error(`There are no simulated clouds in ${lab.folder}: npm run lab -- rehearse`);
  return account;
}
