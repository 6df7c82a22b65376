import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { baseImage } from "../../lab/base-image.ts";
import { MAKE_AGENT_USER } from "../../model/agent-user.ts";
import { PATHS } from "../../model/paths.ts";
import { jobScript } from "../apply/job-script.ts";
import { BirdClient } from "../bird/client.ts";
import { bundleAgent } from "../bundle.ts";
import type { Finished } from "../exec.ts";
import { edgeConf, NETWORK } from "./manifest.ts";

/** Where control groups are, whichever way they are mounted. */
const HIERARCHIES = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"];

/** Puts a shell into the cgroup `$cgroup`. */
const JOIN_CGROUP = join(import.meta.dirname, "../../lab/join-cgroup.sh");

/** Milliseconds until a host has booted: seconds, but on a machine that is busy with other tests. */
const BOOT_TIMEOUT_MS = 120_000;

/** A real Debian host under systemd, and a real BIRD as its provider's router, each in a network namespace of its own. */
export class SiteHost {
  readonly folder: string;
  /** The host's network namespace; the router's is called the same with `-edge` after it. */
  readonly name: string;
  private nspawn: ChildProcess | undefined;
  private edge: ChildProcess | undefined;
  private leader = 0;
  /** The newest bundle of the agent, as a path of the host. */
  bundle = "";

  private constructor(folder: string) {
    this.folder = folder;
    this.name = `agt-${folder.slice(-6)}`;
  }

  /**
   * Makes both and boots them; the agent's bundle is on the host, and nothing is applied.
   *
   * @param layers folders to lay over the base image, the uppermost first
   */
  static async create(...layers: readonly string[]): Promise<SiteHost> {
    const host = new SiteHost(await mkdtemp("/var/tmp/anycast-agent-"));
    try {
      await host.makeNetwork();
      await host.mount("host", layers);
      await host.mount("edge");
      const masked = join(host.folder, "host/etc/systemd/system/ssh.service");
      await execa("ln", ["-sf", "/dev/null", masked]);
      await host.boot();
      await host.exec("sh", "-ec", MAKE_AGENT_USER);
      await host.startEdge(edgeConf());
      await host.install((await bundleAgent()).path);
      return host;
    } catch (error) {
      await host.dispose();
      throw error;
    }
  }

  /**
   * Starts the host as after power-on.
   *
   * @throws Error when its container ends at once, or the host has not booted in time
   */
  async boot(): Promise<void> {
    const namespace = `/run/netns/${this.name}`;
    const capabilities = "--capability=CAP_NET_ADMIN,CAP_NET_RAW,CAP_SYS_NICE";
    const root = join(this.folder, "host");
    const args = [
      "--quiet",
      "--boot",
      `--directory=${root}`,
      "--register=no",
      "--keep-unit",
      `--machine=${this.name}`,
      `--network-namespace-path=${namespace}`,
      capabilities,
      "--console=pipe",
    ];
    // In a control group of its own: two systemds in one would kill each other's services.
    const nspawn = spawn("/bin/sh", ["-ec", `. ${JOIN_CGROUP}; exec systemd-nspawn "$@"`, "sh", ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      // The kernel's settings of the network are the host's own.
      env: { ...process.env, SYSTEMD_NSPAWN_API_VFS_WRITABLE: "network", cgroup: this.name },
    });
    this.nspawn = nspawn;
    const console = join(this.folder, "console.log");
    const log = (text: Buffer): void => appendFileSync(console, text);
    nspawn.stdout.on("data", log);
    nspawn.stderr.on("data", log);
    const isBooted = async (): Promise<boolean> => {
      if (nspawn.exitCode !== null) return true;
      this.leader = await firstChild(nspawn.pid ?? 0);
      const { stdout } = await this.exec("systemctl", "is-system-running");
      return ["running", "degraded"].includes(stdout.trim());
    };
    await until("the host has booted", isBooted, BOOT_TIMEOUT_MS);
    if (nspawn.exitCode !== null)
      throw new Error(`the host's container ended with status ${nspawn.exitCode}: ${await lastOf(console)}`);
  }

  /** Cuts the host's power. */
  async powerOff(): Promise<void> {
    await kill(this.nspawn, this.leader);
  }

  /** Waits until the host has shut down by itself. */
  async hasEnded(): Promise<void> {
    await until("the host has shut down", async () => this.nspawn?.exitCode !== null);
  }

  /** Runs a command on the host as root. */
  async exec(...argv: readonly string[]): Promise<Finished> {
    return this.execWith("", ...argv);
  }

  /** Runs a command on the host with some standard input. */
  async execWith(input: string, ...argv: readonly string[]): Promise<Finished> {
    const environment = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
    const ended = await execa("nsenter", [`--target=${this.leader}`, "--all", "--", ...argv], {
      input,
      reject: false,
      extendEnv: false,
      env: environment,
    });
    return { status: ended.exitCode ?? null, stdout: ended.stdout, stderr: ended.stderr };
  }

  /** Runs the agent's newest bundle on the host. */
  async agent(...argv: readonly string[]): Promise<Finished> {
    return this.exec("node", this.bundle, ...argv);
  }

  /** Applies a manifest by the newest bundle. */
  async apply(manifest: unknown): Promise<Finished> {
    return this.execWith(JSON.stringify(manifest), "sh", PATHS.job, this.bundle, "apply");
  }

  /** Puts secrets on the host, as the `secrets` resource does. */
  async storeSecrets(version: string, text: string): Promise<void> {
    await mkdir(this.path(PATHS.secrets), { recursive: true, mode: 0o700 });
    await writeFile(this.path(`${PATHS.secrets}/${version}.json`), text, { mode: 0o600 });
  }

  /** All files of the host that an apply may touch, as `path mode owner checksum`, and the states of its units; without what undoes at boot, which stays until the site is retired. */
  async snapshot(): Promise<string> {
    const folders = [
      "/etc/bird",
      "/etc/knot",
      "/etc/anycast",
      "/etc/sysctl.d",
      "/etc/systemd/system",
      PATHS.agent,
      PATHS.command,
    ];
    const script = [
      `find ${folders.join(" ")} \\( -type f -o -type l \\) ! -name anycast-undo.service -printf '%p %m %u:%g %l ' -exec sh -c 'test -L "$1" || sha256sum < "$1"' _ {} \\; -printf '\n' 2>/dev/null | sort`,
      "systemctl show --property=Id,ActiveState,UnitFileState knot bird anycast-agent anycast-network",
      "ip -o address show dev lo",
      "nft list tables",
    ];
    return (await this.exec("sh", "-c", script.join("\n"))).stdout;
  }

  /** Has the agent forget its withdrawals: what one test broke would put off announcing again in the next. */
  async forgetFlaps(): Promise<void> {
    const { status, stderr } = await this.agent("reset");
    if (status !== 0) throw new Error(stderr);
  }

  /** Applies a manifest that must be accepted. */
  async mustApply(manifest: unknown): Promise<void> {
    const { status, stderr } = await this.apply(manifest);
    if (status !== 0) throw new Error(stderr);
  }

  /** Puts a bundle and what starts its jobs on the host, as the `install` resource does. */
  async install(path: string): Promise<void> {
    this.bundle = join(PATHS.agents, path.split("/").at(-1) ?? "");
    await mkdir(this.path(PATHS.agents), { recursive: true });
    await writeFile(this.path(this.bundle), await readFile(path));
    await writeFile(this.path(PATHS.job), jobScript);
  }

  /** Where a path of the host is on this machine. */
  path(path: string): string {
    return join(`/proc/${this.leader}/root`, path);
  }

  /** The prefixes that the provider's router has from the host, as `prefix path communities` in short. */
  async received(): Promise<string> {
    const bird = await BirdClient.connect(join(this.folder, "edge/run/bird.ctl"));
    try {
      const routes = [...(await bird.ask("show route all")).lines];
      return routes.join("\n");
    } finally {
      bird.close();
    }
  }

  /** How many updates and withdrawals the provider's router has had from the host, session by session. */
  async updates(): Promise<string> {
    const bird = await BirdClient.connect(join(this.folder, "edge/run/bird.ctl"));
    try {
      const { lines } = await bird.ask("show protocols all");
      return lines.filter((line) => /Import (updates|withdraws)/.test(line)).join("\n");
    } finally {
      bird.close();
    }
  }

  /** Makes the router speak by another configuration. */
  async configureEdge(conf: string): Promise<void> {
    await writeFile(join(this.folder, "edge/etc/bird/edge.conf"), conf);
    const bird = await BirdClient.connect(join(this.folder, "edge/run/bird.ctl"));
    await bird.ask("configure");
    bird.close();
  }

  /** Removes everything. */
  async dispose(): Promise<void> {
    await kill(this.nspawn, this.leader);
    await kill(this.edge, 0);
    const cgroups = HIERARCHIES.map((hierarchy) => join(hierarchy, this.name));
    await execa("find", [...cgroups, "-depth", "-type", "d", "-exec", "rmdir", "{}", ";"], { reject: false });
    for (const root of ["host", "edge"]) await execa("umount", ["--lazy", join(this.folder, root)], { reject: false });
    for (const name of [this.name, `${this.name}-edge`]) await execa("ip", ["netns", "del", name], { reject: false });
    await rm(this.folder, { recursive: true, force: true });
  }

  private async makeNetwork(): Promise<void> {
    const edge = `${this.name}-edge`;
    const lines = [
      `ip netns add ${this.name}`,
      `ip netns add ${edge}`,
      `ip link add eth0 netns ${this.name} type veth peer name eth0 netns ${edge}`,
      ...[this.name, edge].flatMap((name, index) => [
        `ip -n ${name} link set lo up`,
        `ip -n ${name} link set eth0 up`,
        `ip -n ${name} addr add ${index === 0 ? NETWORK.host4 : NETWORK.edge4}/24 dev eth0`,
        `ip -n ${name} addr add ${index === 0 ? NETWORK.host6 : NETWORK.edge6}/64 dev eth0 nodad`,
      ]),
    ];
    await execa("sh", ["-ec", lines.join("\n")]);
  }

  private async mount(root: string, layers: readonly string[] = []): Promise<void> {
    const [target, upper, work] = [root, `${root}.upper`, `${root}.work`].map((name) => join(this.folder, name));
    for (const path of [target, upper, work]) await mkdir(path ?? "");
    const options = `lowerdir=${[...layers, await baseImage()].join(":")},upperdir=${upper},workdir=${work}`;
    await execa("mount", ["-t", "overlay", "overlay", "-o", options, target ?? ""]);
  }

  private async startEdge(conf: string): Promise<void> {
    const root = join(this.folder, "edge");
    await writeFile(join(root, "etc/bird/edge.conf"), conf);
    const bird = ["bird", "-f", "-c", "/etc/bird/edge.conf", "-s", "/run/bird.ctl", "-P", "/run/bird.pid"];
    this.edge = spawn("ip", ["netns", "exec", `${this.name}-edge`, "chroot", root, ...bird], {
      stdio: "ignore",
      detached: true,
    });
    await until("the router runs", async () => existsSync(join(root, "run/bird.ctl")));
  }
}

/** Waits for a condition; an exception counts as 'not yet'. */
export async function until(what: string, condition: () => Promise<boolean>, time = 20_000): Promise<void> {
  const deadline = performance.now() + time;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      if (await condition()) return;
    } catch (error) {
      last = error;
    }
    await sleep(50);
  }
  throw new Error(`not within ${time / 1000} s: ${what}`, { cause: last });
}

/** The end of a log. */
async function lastOf(path: string): Promise<string> {
  return (await readFile(path, "utf8").catch(() => "")).slice(-1000);
}

async function firstChild(pid: number): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  const [child] = children.trim().split(" ");
  if (child === undefined || child === "") throw new Error("no child yet");
  return Number(child);
}

async function kill(child: ChildProcess | undefined, leader: number): Promise<void> {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  if (leader !== 0) process.kill(leader, "SIGKILL");
  else child.kill("SIGKILL");
  await ended;
}
