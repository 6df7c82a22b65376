import { existsSync } from "node:fs";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { cacheFolder, makeCacheFolder } from "./cache.ts";
import { runCommand } from "./command.ts";
import { findPulumi } from "./pulumi-cli.ts";
import { connectTimeout } from "./pulumi-download.ts";
import type { Step } from "./step.ts";

/** The version of the plugin: that of `@pulumi/command` in package.json. */
const version = "1.2.1";

/** For how long it is not tried again after it could not be had, in ms: a day. */
const retryAfter = 24 * 60 * 60 * 1000;

/** How long the plugin may take to be installed before the stand-in is used instead, in ms. */
const installTimeout = 180_000;

/**
 * Pulumi's home folder in the lab: apart from the user's, as the lab runs as root and must leave no files of root's there.
 * Holds the plugins that were downloaded.
 */
export function pulumiHome(): string {
  return join(cacheFolder(), "pulumi-home");
}

/** Whether the official `command` plugin is there; if not, the stand-in of `tools/plugins/` is used. */
export function hasCommandPlugin(): boolean {
  return existsSync(join(pulumiHome(), "plugins", `resource-command-v${version}`, "pulumi-resource-command"));
}

/** Pulumi's official `command` plugin where it can be had; where not, the stand-in does and nothing fails. */
export const commandPlugin: Step = {
  title: "Pulumi command plugin",
  needed: async () => !hasCommandPlugin() && !isRecent(await lastFailure(), Date.now()),
  async run(progress) {
    await makeCacheFolder();
    progress("looking for it at get.pulumi.com");
    const probe = ["--head", "--silent", "--connect-timeout", String(connectTimeout), "--max-time", "15"];
    const { failed } = await execa("curl", [...probe, "https://get.pulumi.com/"], { reject: false });
    const folder = await findPulumi();
    if (!failed && folder !== undefined) {
      const args = ["plugin", "install", "resource", "command", version];
      const env = { PULUMI_HOME: pulumiHome(), PULUMI_SKIP_UPDATE_CHECK: "1" };
      await runCommand(join(folder, "pulumi"), args, { progress, env, timeout: installTimeout }).catch(() => undefined);
    }
    if (hasCommandPlugin()) return undefined;
    await writeFile(failureMark(), "The official command plugin could not be downloaded: not tried again for a day.\n");
    return "it cannot be downloaded here: the lab and the tests use the stand-in in tools/plugins";
  },
};

function failureMark(): string {
  return join(cacheFolder(), "command-plugin-unreachable");
}

async function lastFailure(): Promise<number | undefined> {
  return (await stat(failureMark()).catch(() => undefined))?.mtimeMs;
}

/** Whether a failure at `at` is so recent that it is not tried again; both times in ms since 1970. A time to come is not. */
export function isRecent(at: number | undefined, now: number): boolean {
  return at !== undefined && at <= now && now - at < retryAfter;
}
