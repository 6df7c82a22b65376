import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { TestProject } from "vitest/node";

const PROJECT = join(import.meta.dirname, "../..");

/** The package as a stranger gets it. */
export interface Installed {
  /** The packed file. */
  readonly tarball: string;
  /** A folder beside every checkout, with the package in its `node_modules` and each example in a folder of its own. */
  readonly folder: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    installed: Installed;
  }
}

/** Packs the package, and installs it and what the examples need, once for all tests of it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "anycast-package-"));
  try {
    project.provide("installed", await install(folder));
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return () => rm(folder, { recursive: true, force: true });
}

/** Packs the package into a folder, and returns the packed file. */
export async function pack(folder: string): Promise<string> {
  await execa("npm", ["pack", "--pack-destination", folder], { cwd: PROJECT });
  const [name = ""] = (await readdir(folder)).filter((file) => file.endsWith(".tgz"));
  return join(folder, name);
}

async function install(folder: string): Promise<Installed> {
  const tarball = await pack(folder);
  await cp(join(PROJECT, "examples"), folder, { recursive: true });
  const app = { name: "app", private: true, type: "module" };
  await writeFile(join(folder, "package.json"), JSON.stringify(app));
  // As `npm install` in the folder of an example would, for all of them together.
  const needed = ["@pulumi/pulumi@3.248.0", "@pulumi/command@1.2.1", "tsx@4.23.15", "@types/node@20.19.43"];
  const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", tarball, ...needed];
  await execa("npm", args, { cwd: folder });
  return { tarball, folder };
}
