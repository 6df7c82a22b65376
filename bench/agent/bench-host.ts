import { readFileSync, statSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { SiteHost } from "../../agent/testing/site-host.ts";
import { MARKER_INTERFACE } from "../../model/paths.ts";
import { neighborBird } from "./bird-conf.ts";
import { Judge } from "./judge.ts";
import { peersLayer } from "./peers-layer.ts";
import { SERVICE_UNIT, serviceFiles } from "./service.ts";
import { PORT, SESSION, type Setting, type Subject } from "./subject.ts";

/** How long an agent may take to announce what is healthy, in ms: one address, and each more. ExaBGP starts a hundred checks in about a minute. */
const ANNOUNCE = [40_000, 2000] as const;

/** A Debian host with a service, one subject, and a real BIRD as neighbor that is the judge. */
export class BenchHost {
  readonly subject: Subject;
  readonly host: SiteHost;
  readonly judge: Judge;
  /** The setting that runs. */
  private setting: Setting | undefined;

  private constructor(subject: Subject, host: SiteHost, judge: Judge) {
    this.subject = subject;
    this.host = host;
    this.judge = judge;
  }

  static async create(subject: Subject): Promise<BenchHost> {
    const host = await SiteHost.create(await peersLayer());
    try {
      await host.configureEdge(neighborBird("/run/edge.log"));
      const bench = new BenchHost(subject, host, new Judge(join(host.folder, "edge/run/edge.log")));
      await bench.write(serviceFiles(PORT));
      return bench;
    } catch (error) {
      await host.dispose();
      throw error;
    }
  }

  async dispose(): Promise<void> {
    this.judge.close();
    await this.host.dispose();
  }

  /** Runs the subject by a setting; ends when everything is announced. Does nothing when it runs by this setting already. */
  async run(setting: Setting): Promise<void> {
    if (JSON.stringify(setting) !== JSON.stringify(this.setting)) {
      await this.stop();
      await this.write(this.subject.files(setting));
      if (this.subject.prepare !== undefined) await this.shell(this.subject.prepare);
      await this.shell("systemctl daemon-reload");
      await this.shell(`systemctl restart ${this.subject.daemons.join(" ")}`);
      await this.shell(`systemctl restart ${SERVICE_UNIT}`);
      await this.shell(`systemctl restart ${this.subject.unit}`);
      await this.forget();
      this.setting = setting;
    }
    await this.announced();
  }

  /** Stops the subject and its daemons. */
  async stop(): Promise<void> {
    this.setting = undefined;
    await this.host.exec("systemctl", "stop", this.subject.unit, ...this.subject.daemons);
    await this.shell("ip address flush dev lo to 100.64.0.0/10");
    await this.judge.until(() => this.judge.routes.size === 0, 60_000);
  }

  /** Waits until everything is announced. Returns the moment of the last announcement, in ms since 1970. @throws Error if it takes too long */
  async announced(): Promise<number> {
    const wanted = this.setting?.addresses ?? 0;
    const [one, more] = ANNOUNCE;
    if (!(await this.judge.until(() => this.judge.routes.size === wanted, one + more * wanted)))
      throw new Error(
        `${this.subject.name}: announced ${this.judge.routes.size} of ${wanted} prefixes:\n${await this.journal()}`,
      );
    return this.judge.changes.at(-1)?.at ?? 0;
  }

  /** Waits until nothing is announced. Returns whether it was so within `limit` ms. */
  async withdrawn(limit: number): Promise<boolean> {
    return this.judge.until(() => this.judge.routes.size === 0, limit);
  }

  /** Waits until nothing is announced. Returns how long after a moment the last withdrawal was, in ms (0 when nothing was announced then), or undefined when it was not within `limit` ms. */
  async withdrawnAfter(moment: number, limit: number): Promise<number | undefined> {
    if (!(await this.withdrawn(limit))) return undefined;
    return Math.max(0, (this.judge.changes.at(-1)?.at ?? 0) - moment);
  }

  /** Starts the service and has the agent forget the failure; ends when everything is announced again. */
  async recover(): Promise<void> {
    await this.forget();
    await this.shell(`systemctl restart ${SERVICE_UNIT}`);
    await this.announced();
  }

  /** Starts the agent anew; ends when everything is announced. */
  async restartAgent(): Promise<void> {
    await this.shell(`systemctl restart ${this.subject.unit}`);
    await this.forget();
    await this.announced();
  }

  /**
   * Nothing of the host reaches the neighbor any more, and no link goes down: what it sends goes to a machine that is not there.
   * The kernel of its namespace outlives its processes, and would say goodbye for them.
   */
  async silence(): Promise<void> {
    await this.ip(`neighbor replace ${SESSION.neighbor} lladdr 02:00:00:00:00:01 nud permanent dev eth0`);
  }

  /** Boots the host after its power was cut. The kernel of its namespace lived on: what it still has of the network goes. */
  async powerOn(): Promise<void> {
    this.setting = undefined;
    await this.ip(`neighbor delete ${SESSION.neighbor} dev eth0`);
    await this.ip(`link delete ${MARKER_INTERFACE}`);
    await this.ip("address flush dev lo to 100.64.0.0/10");
    await this.host.boot();
  }

  /** Has the agent forget that anything ever failed, as an operator may. */
  async forget(): Promise<void> {
    if (this.subject.forget !== undefined) await this.host.exec("sh", "-c", this.subject.forget);
  }

  /** The processes of a unit, as this machine numbers them, the oldest first. One that is just ending is listed as 0, which would be this program. */
  processes(unit: string): number[] {
    for (const tree of ["systemd", "", "unified"])
      try {
        const file = this.host.path(join("/sys/fs/cgroup", tree, "system.slice", unit, "cgroup.procs"));
        if (statSync(file).isFile())
          return readFileSync(file, "utf8")
            .trim()
            .split("\n")
            .map(Number)
            .filter((pid) => pid > 0);
      } catch {
        // Not this one.
      }
    return [];
  }

  /** Sends a signal to all processes of a unit at once, or to its first. Returns the moment before, in ms since 1970, rounded down. */
  signal(unit: string, signal: NodeJS.Signals, which: "all" | "first" = "all"): number {
    const processes = this.processes(unit).slice(0, which === "all" ? undefined : 1);
    if (processes.length === 0) throw new Error(`${this.subject.name}: ${unit} does not run`);
    const at = Date.now();
    for (const pid of processes) process.kill(pid, signal);
    return at;
  }

  /** Writes files on the host, readable by all. */
  async write(files: Record<string, string>): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
      const real = this.host.path(path);
      await mkdir(dirname(real), { recursive: true });
      await writeFile(real, content);
      await chmod(real, 0o644);
    }
  }

  /** Runs a shell command on the host that must succeed. */
  async shell(script: string): Promise<string> {
    const { status, stdout, stderr } = await this.host.exec("sh", "-c", script);
    if (status !== 0) throw new Error(`${this.subject.name}: ${script}: ${stderr}\n${await this.journal()}`);
    return stdout;
  }

  /** Runs `ip` in the host's namespace from outside, whatever runs of the host. */
  private async ip(command: string): Promise<void> {
    await execa("ip", ["-netns", this.host.name, ...command.split(" ")], { reject: false });
  }

  private async journal(): Promise<string> {
    const { stdout } = await this.host.exec("journalctl", "--no-pager", "--lines=20", `--unit=${this.subject.unit}`);
    return stdout;
  }
}
