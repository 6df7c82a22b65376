import { readFileSync, readdirSync } from "node:fs";

/**
 * The process ids of Pulumi's engine, its plugins, its language host and the program, that work for a checkout, and for no other. The
 * program of an engine that is killed alone would go on calling it for ever.
 */
export function enginePids(folder: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const [name, command] = [read(pid, "comm"), read(pid, "cmdline")];
      const isPulumis = /^(pulumi|language-host)/.test(name) || command.includes("@pulumi/pulumi/cmd/run/");
      return isPulumis && read(pid, "environ").includes(folder);
    })
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
