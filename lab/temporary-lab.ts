import { existsSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { down } from "./down.ts";
import { initOf } from "./exec.ts";
import { labAt, namespaceOf, type Lab } from "./folder.ts";
import { NAMESPACES } from "./namespaces.ts";
import { entering } from "./node-process.ts";
import { run, tryRun, type Ended } from "./process.ts";

/** For tests: a lab in a folder of its own, which does not exist yet. */
export async function temporaryLab(): Promise<Lab> {
  return labAt(join(await mkdtemp(join(tmpdir(), "anycast-lab-")), "lab"));
}

/** For tests: removes a lab and its folder. */
export async function disposeLab(lab: Lab): Promise<void> {
  await down(lab);
  await rm(join(lab.folder, ".."), { recursive: true, force: true });
}

/** For tests: runs a command in a node. */
export async function runIn(lab: Lab, node: string, argv: readonly string[], input = ""): Promise<Ended> {
  return tryRun("nsenter", entering(await initOf(lab, node), argv), { input });
}

function entries(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** For tests: all that there is of a lab outside its folder, and the folder; empty when nothing is left. */
export async function tracesOf(lab: Lab): Promise<string[]> {
  const name = namespaceOf(lab, "").slice(0, -1);
  const named = [NAMESPACES, "/run/anycast-lab", "/run/systemd/nspawn/propagate", "/sys/class/net"]
    .concat(["/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"])
    .flatMap((folder) => entries(folder).map((entry) => join(folder, entry)))
    .filter((path) => path.includes(lab.id));
  const mounts = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes(lab.folder) || line.includes(name));
  const claims = await tryRun("grep", ["-rlx", lab.folder, "/run/anycast-lab"]);
  const processes = entries("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => describeProcess(pid))
    .filter((text) => text.includes(lab.folder) || text.includes(name));
  const folder = existsSync(lab.folder) ? [lab.folder] : [];
  return [...named, ...mounts, ...claims.stdout.split("\n").filter(Boolean), ...processes, ...folder];
}

function describeProcess(pid: string): string[] {
  try {
    const [command, cgroup] = ["cmdline", "cgroup"].map((file) => readFileSync(`/proc/${pid}/${file}`, "utf8"));
    return [[pid, command?.replaceAll("\0", " "), cgroup, readlinkSync(`/proc/${pid}/cwd`)].join(" ")];
  } catch {
    return [];
  }
}

/** For tests: the network interfaces, with their numbers, in a node; the numbers change when one is made anew. */
export async function linksIn(lab: Lab, node: string): Promise<string> {
  return run("ip", ["-netns", namespaceOf(lab, node), "-br", "link"]);
}
