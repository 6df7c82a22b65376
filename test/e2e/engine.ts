import { readFileSync, readdirSync } from "node:fs";

/**
 * The process ids of Pulumi's engine, its language host and the program, that work for a checkout, and for no other. The
 * program of an engine that is killed alone would go on calling it for ever.
 */
export function enginePids(folder: string): number[] {
  return pidsOf(
    folder,
    ({ name, command }) => /^(pulumi|language-host)$/.test(name) || command.includes("@pulumi/pulumi/cmd/run/"),
  );
}

/** The process ids of the `command` plugin that work for a checkout: it outlives an engine that is killed. */
export function pluginPids(folder: string): number[] {
  return pidsOf(
    folder,
    ({ name, command }) => name.startsWith("pulumi-resource") || command.includes("/tools/plugins/dist/command.cjs"),
  );
}

function pidsOf(folder: string, is: (process: { name: string; command: string }) => boolean): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => is({ name: read(pid, "comm").trim(), command: read(pid, "cmdline") }))
    .filter((pid) => read(pid, "environ").includes(folder))
    .map(Number);
}

/** A file of a process; empty when it has ended. */
function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
