import { readFileSync, readdirSync } from "node:fs";

/** The process ids of Pulumi's engine, its language host and its plugins that work for a checkout, and for no other. */
export function enginePids(folder: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const name = readFileSync(`/proc/${pid}/comm`, "utf8");
        return name.startsWith("pulumi") && readFileSync(`/proc/${pid}/environ`, "utf8").includes(folder);
      } catch {
        return false;
      }
    })
    .map(Number);
}
