import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { summarySchema, type NetworkSummary } from "../model/summary.ts";
import { parseJson } from "./parse-json.ts";
import { oneLine } from "./plain-text.ts";
import { readText } from "./read-text.ts";
import { UsageError } from "./stack-file.ts";

/** The folder of the sites, and the file beside it that says who announces what. */
const SITES = "sites";
const NETWORK = "network.json";

/** A network as `anycast render` writes it. */
export interface Rendered {
  readonly network: NetworkSummary;
  /** Site → path on its host → content. */
  readonly sites: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * Writes a network to a folder, in the place of what an earlier run wrote there.
 *
 * @throws UsageError when the folder has something else in it
 */
export function writeRendered(folder: string, { network, sites }: Rendered): void {
  mustBeFolder(folder);
  if (existsSync(folder) && !existsSync(join(folder, NETWORK)) && readdirSync(folder).length > 0)
    throw new UsageError(`${folder} has files that are not of 'anycast render': name an empty folder, or a new one`);
  rmSync(join(folder, SITES), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, NETWORK), `${JSON.stringify(network, null, 2)}\n`);
  for (const [site, files] of Object.entries(sites))
    for (const [path, content] of Object.entries(files)) {
      const target = join(folder, SITES, site, path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, content);
    }
}

/**
 * Reads what {@link writeRendered} wrote; undefined for an empty folder: a network that was not there.
 *
 * @throws UsageError when the folder is none of `anycast render`
 */
export function readRendered(folder: string): Rendered | undefined {
  if (!existsSync(folder)) throw new UsageError(`there is no folder ${folder}`);
  mustBeFolder(folder);
  if (readdirSync(folder).length === 0) return undefined;
  const file = join(folder, NETWORK);
  if (!existsSync(file)) throw new UsageError(`${folder} is none of 'anycast render': it has no ${NETWORK}`);
  const network = summarySchema.safeParse(parseJson(readText(file)));
  if (!network.success)
    throw new UsageError(
      `${file} is none of this version: ${oneLine(z.prettifyError(network.error))}. Render it again`,
    );
  const sites: Record<string, Record<string, string>> = {};
  const root = join(folder, SITES);
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const [site = "", ...path] = join(entry.parentPath, entry.name)
      .slice(root.length + 1)
      .split("/");
    (sites[site] ??= {})[`/${path.join("/")}`] = readFileSync(join(entry.parentPath, entry.name), "utf8");
  }
  return { network: network.data, sites };
}

function mustBeFolder(path: string): void {
  if (existsSync(path) && !statSync(path).isDirectory()) throw new UsageError(`${path} is no folder. Name another one`);
}
