import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { madeOnce } from "../../tools/setup/cache.ts";
import { runCommand } from "../../tools/setup/command.ts";
import { findPulumi } from "../../tools/setup/pulumi-cli.ts";

const PROGRAM = "pulumi-language-yaml";
const MODULE = join(import.meta.dirname, "yaml-host");

/** The folder of Pulumi's language host for YAML: beside the CLI, as in the official download, else built from its Go module into the cache folder. */
export async function yamlHost(): Promise<string> {
  const cli = await findPulumi();
  if (cli !== undefined && existsSync(join(cli, PROGRAM))) return cli;
  return madeOnce("yaml-host", [await readFile(join(MODULE, "go.sum"), "utf8")], build);
}

async function build(folder: string): Promise<void> {
  // Go builds in a copy, so that the checkout stays as it is.
  const work = await mkdtemp(join(tmpdir(), "anycast-yaml-host-"));
  try {
    await cp(MODULE, work, { recursive: true });
    const args = ["build", "-mod=readonly", "-o", join(folder, PROGRAM), "-ldflags", "-s -w"];
    await runCommand("go", [...args, "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"], {
      cwd: work,
      progress: () => {},
    });
  } finally {
    await rm(work, { recursive: true });
  }
}
