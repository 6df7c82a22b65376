import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cacheFolder, withCacheLock } from "../../tools/setup/cache.ts";
import { runCommand } from "../../tools/setup/command.ts";
import { findPulumi } from "../../tools/setup/pulumi-cli.ts";

const PROGRAM = "pulumi-language-yaml";
const MODULE = join(import.meta.dirname, "yaml-host");

/** The folder of Pulumi's language host for YAML: beside the CLI, as in the official download, else built from its Go module into the cache folder. */
export async function yamlHost(): Promise<string> {
  const cli = await findPulumi();
  if (cli !== undefined && existsSync(join(cli, PROGRAM))) return cli;
  const digest = createHash("sha256")
    .update(process.arch)
    .update(await readFile(join(MODULE, "go.sum")))
    .digest("hex")
    .slice(0, 12);
  const built = join(cacheFolder(), `yaml-host-${digest}`, PROGRAM);
  await withCacheLock(
    "yaml-host",
    () => {},
    () => (existsSync(built) ? Promise.resolve() : build(dirname(built))),
  );
  return dirname(built);
}

async function build(folder: string): Promise<void> {
  const work = await mkdtemp(join(cacheFolder(), ".yaml-host-partial-"));
  try {
    await cp(MODULE, work, { recursive: true });
    const args = ["build", "-mod=readonly", "-o", join(work, "bin", PROGRAM), "-ldflags", "-s -w"];
    await runCommand("go", [...args, "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"], {
      cwd: work,
      progress: () => {},
    });
    await rename(join(work, "bin"), folder);
  } finally {
    await rm(work, { recursive: true });
  }
}
