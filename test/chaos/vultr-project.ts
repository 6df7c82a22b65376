import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { TEST_ACCOUNT, type VultrCloud } from "../../lab/clouds/vultr/cloud.ts";
import { serveVultrApi, type VultrApi } from "../../lab/clouds/vultr/server.ts";
import { labEnvironment } from "../../tools/setup/environment.ts";

const PROJECT = join(import.meta.dirname, "../..");

/** How the engine ended. */
export interface Ended {
  readonly ok: boolean;
  readonly output: string;
}

/** A Pulumi project with nothing but resources of Vultr, which the real engine and our plugin make at a simulated Vultr without hosts. */
export class VultrProject {
  readonly cloud: VultrCloud;
  readonly api: VultrApi;
  readonly #folder: string;
  readonly #env: Record<string, string>;

  private constructor(cloud: VultrCloud, api: VultrApi, folder: string, env: Record<string, string>) {
    this.cloud = cloud;
    this.api = api;
    this.#folder = folder;
    this.#env = env;
  }

  /** Makes it, with a stack. @param program TypeScript; the resources' classes are there as `vultr` */
  static async create(cloud: VultrCloud, program: string): Promise<VultrProject> {
    const folder = await mkdtemp(join(tmpdir(), "anycast-vultr-"));
    const manifest = {
      name: "vultr",
      main: "index.ts",
      runtime: { name: "nodejs", options: { typescript: false, nodeargs: "--import tsx" } },
      plugins: { providers: [{ name: "anycast-vultr", path: join(PROJECT, "plugins") }] },
    };
    const head = `import * as vultr from "${PROJECT}/components/hosts/vultr/resources.ts";\n`;
    await symlink(join(PROJECT, "node_modules"), join(folder, "node_modules"));
    await writeFile(join(folder, "index.ts"), head + program);
    await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    await writeFile(join(folder, "Pulumi.yaml"), JSON.stringify(manifest));
    const api = await serveVultrApi(cloud);
    const own = { VULTR_API_URL: api.url, VULTR_API_KEY: TEST_ACCOUNT.apiKey, ANYCAST_REHEARSAL: folder };
    const made = new VultrProject(cloud, api, folder, { ...(await labEnvironment(folder)), ...own });
    const { ok, output } = await made.pulumi("stack", "init", "dev");
    if (!ok) throw new Error(output);
    return made;
  }

  async pulumi(...args: string[]): Promise<Ended> {
    return this.pulumiWith({}, ...args);
  }

  /** The same with some variables of the environment set otherwise. */
  async pulumiWith(env: Readonly<Record<string, string>>, ...args: string[]): Promise<Ended> {
    const { exitCode, all } = await execa("pulumi", [...args, "--non-interactive", "--color", "never"], {
      cwd: this.#folder,
      env: { ...this.#env, ...env },
      all: true,
      reject: false,
    });
    return { ok: exitCode === 0, output: all };
  }

  /** `up`, `refresh` or `destroy`, at once. */
  async run(command: "up" | "refresh" | "destroy", ...args: string[]): Promise<Ended> {
    return this.pulumi(command, "--yes", "--skip-preview", ...args);
  }

  /** The labels of the servers that are paid for, and how many of all else there is. */
  async inventory(): Promise<{ servers: string[]; others: number }> {
    const { servers, keys, groups, rules } = await this.cloud.store.read();
    const paid = servers.filter(({ deletedAt }) => deletedAt === undefined);
    return { servers: paid.map(({ label }) => label).toSorted(), others: keys.length + groups.length + rules.length };
  }

  async dispose(): Promise<void> {
    await this.api.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
