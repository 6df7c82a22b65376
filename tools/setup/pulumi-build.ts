import { copyFile, cp, mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { runCommand } from "./command.ts";
import { invokingUser } from "./invoking-user.ts";
import type { Progress } from "./step.ts";

/** The Go modules that name what is built, with the checksums of all that goes into it. */
const modules = join(import.meta.dirname, "..", "pulumi-cli");

/** The first Go that fetches by itself the newer Go that a module asks for. */
const oldestGo = [1, 21] as const;

/**
 * Builds the Pulumi CLI and the language host for Node from Go modules; minutes the first time. The language host is of 3.60.0, the last version that is a part of a module and not one of its own.
 *
 * @param version of the CLI, without `v`; the one in `tools/pulumi-cli/cli/go.mod`
 * @param folder an empty folder to work in
 * @returns the folder of the programs, inside `folder`
 * @throws Error when there is no Go, or an old one, that names all ways to get the CLI, or when the build fails
 */
export async function buildPulumi(version: string, folder: string, progress: Progress): Promise<string> {
  await checkGo();
  const [work, bin] = [join(folder, "modules"), join(folder, "bin")];
  await cp(modules, work, { recursive: true });
  await mkdir(bin);
  // As the user and not as root, so that Go's own caches in the user's home folder stay the user's.
  const options = { progress, env: { GOFLAGS: "-mod=readonly" }, ...invokingUser() };
  const variable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
  const builds = [
    ["cli", "pulumi", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"],
    ["language-host", "language-host", "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs"],
  ] as const;
  for (const [module, program, source] of builds) {
    const flags = ["-v", "-o", join(folder, program), "-ldflags", `-s -w -X ${variable}=v${version}`];
    await runCommand("go", ["build", ...flags, source], { ...options, cwd: join(work, module) });
    await rename(join(folder, program), join(bin, program));
  }
  await copyFile(join(modules, "pulumi-language-nodejs"), join(bin, "pulumi-language-nodejs"));
  return bin;
}

async function checkGo(): Promise<void> {
  const { stdout } = await execa("go", ["env", "GOVERSION"], { reject: false, ...invokingUser() });
  if (isRecentGo(stdout ?? "")) return;
  const have = stdout ? `there is only ${stdout}` : "there is no go";
  throw new Error(
    `There is no Pulumi CLI on PATH, its official download cannot be reached, and ${have} to build it with. One of these is needed: ` +
      "the Pulumi CLI on PATH (https://www.pulumi.com/docs/install), a way to https://get.pulumi.com and https://github.com, " +
      `or Go ${oldestGo.join(".")} or later on PATH (https://go.dev/dl).`,
  );
}

/** Whether a `GOVERSION` such as `go1.24.4` is of a Go that can build the CLI. */
export function isRecentGo(version: string): boolean {
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) === oldestGo[0] && Number(minor) >= oldestGo[1];
}
