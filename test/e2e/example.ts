import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll } from "vitest";
import { makeAccount } from "../../lab/account.ts";
import { down } from "../../lab/down.ts";
import { labAt, labPaths, makeLabFolder, type Lab } from "../../lab/folder.ts";
import { serveRehearsal, type ServedRehearsal } from "../../lab/pulumi.ts";
import { openAccount } from "../../lab/rehearsal.ts";
import { clientsOf, isAsExpected, query } from "../../lab/query.ts";
import { readState } from "../../lab/state.ts";
import { runIn } from "../../lab/temporary-lab.ts";
import { pack } from "../package/installed.ts";

/** Which example is copied, and what for. */
export interface Copied {
  /** The folder in `examples/`. */
  readonly name: string;
  /** What the account at the clouds may announce. */
  readonly prefixes: readonly string[];
  /** A folder of programs that the engine needs for its language. Default: none. */
  readonly programs?: string;
}

const EXAMPLES = resolve(import.meta.dirname, "../../examples");

/** An example in an empty folder beside every checkout, as a stranger would have it, on simulated clouds with hosts of a lab behind them. */
export class Example {
  /** The Pulumi project. */
  readonly folder: string;
  readonly lab: Lab;
  private readonly parent: string;
  /** What `pulumi` is run with. */
  private env: Record<string, string> = {};
  private rehearsal: ServedRehearsal | undefined;
  /** What a user sets with `pulumi config set --secret`: key → value. */
  private secrets: Record<string, string> = {};

  /** The packed package. */
  private readonly tarball: string;

  private constructor(parent: string, tarball: string) {
    this.parent = parent;
    this.tarball = tarball;
    this.folder = join(parent, "app");
    this.lab = labAt(join(parent, "lab"));
  }

  /** Copies an example, and opens an account at the clouds for its network. Nothing is installed yet. */
  static async copy({ name, prefixes, programs }: Copied, tarball: string): Promise<Example> {
    const example = new Example(await mkdtemp(join(tmpdir(), `anycast-${name}-`)), tarball);
    const { folder, lab } = example;
    await mkdir(folder);
    await cp(join(EXAMPLES, name), folder, { recursive: true });
    await makeLabFolder(lab);
    await makeAccount(lab);
    const { apiKey, bgpPassword } = await openAccount(lab, { asn: 64500, prefixes });
    example.rehearsal = await serveRehearsal(lab);
    const { env } = example.rehearsal;
    example.env = programs === undefined ? env : { ...env, PATH: [env["PATH"], programs].join(delimiter) };
    example.secrets = {
      "anycast-vultr:apiKey": apiKey,
      "anycast:sshPrivateKey": await readFile(labPaths(lab).operatorKey, "utf8"),
      "anycast:bgpPasswords.vultr": bgpPassword,
      // As the example in YAML calls it.
      "anycast:bgpPassword": bgpPassword,
    };
    return example;
  }

  /** Changes a file of the copy. */
  async edit(file: string, change: (content: string) => string): Promise<void> {
    const path = join(this.folder, file);
    const before = await readFile(path, "utf8");
    const after = change(before);
    if (after === before) throw new Error(`the change to ${file} changes nothing`);
    await writeFile(path, after);
  }

  /** `npm install` of the packed package, and of what else the example needs. */
  async install(): Promise<void> {
    await this.edit("package.json", (text) => {
      const manifest = JSON.parse(text) as { dependencies: object };
      const dependencies = { ...manifest.dependencies, "pulumi-anycast": `file:${this.tarball}` };
      return JSON.stringify({ ...manifest, dependencies });
    });
    await execa("npm", ["install", "--no-audit", "--no-fund"], { cwd: this.folder });
  }

  /** Makes a stack, with the secrets that a user sets. */
  async makeStack(stack: string): Promise<void> {
    await this.pulumi(["stack", "init", stack]);
    for (const [key, value] of Object.entries(this.secrets))
      await this.pulumi(["config", "set", "--stack", stack, "--secret", "--path", key], value);
  }

  /** `pulumi up`; throws what it printed when it fails. */
  async up(stack: string): Promise<string> {
    const args = ["up", "--yes", "--skip-preview", "--stack", stack, "--color", "never", "--suppress-progress"];
    const { stdout } = await this.pulumi(args);
    return stdout;
  }

  async output(stack: string, name: string): Promise<unknown> {
    return JSON.parse((await this.pulumi(["stack", "output", name, "--json", "--stack", stack])).stdout) as unknown;
  }

  /** What a command in a node of the lab printed; throws when it failed. */
  async in(node: string, ...argv: string[]): Promise<string> {
    const { status, stdout, stderr } = await runIn(this.lab, node, argv);
    if (status !== 0) throw new Error(`${argv.join(" ")} at ${node}: ${stderr}`);
    return stdout;
  }

  /** Where the clients of all regions are answered; throws while one is not, or not where the routers' tables predict. */
  async catchment(addresses: readonly string[]): Promise<Set<string | null>> {
    const state = await readState(this.lab);
    if (state === undefined) throw new Error("the lab is not up");
    const rows = await query(this.lab, state, addresses, clientsOf(this.lab, state));
    const surprises = rows.filter((row) => !isAsExpected(row));
    if (surprises.length > 0) throw new Error(`not as expected: ${JSON.stringify(surprises)}`);
    return new Set(rows.map(({ site }) => site));
  }

  /** The site that answers a client by DNS. */
  async siteFor(client: string, address: string): Promise<string> {
    const answer = await this.in(client, "kdig", `@${address}`, "CH", "TXT", "id.server", "+short", "+retry=0");
    return answer.trim().replaceAll('"', "");
  }

  /** Takes the lab down and the folder away. */
  async dispose(): Promise<void> {
    await this.rehearsal?.close();
    await down(this.lab);
    await rm(this.parent, { recursive: true, force: true });
  }

  private pulumi(args: readonly string[], input = "") {
    return execa("pulumi", [...args, "--non-interactive"], { cwd: this.folder, env: this.env, input });
  }
}

/** Packs the package once for the tests of a file. Returns what copies an example, which is taken away after the test. */
export function examples(): (copied: Copied) => Promise<Example> {
  let folder = "";
  let tarball = "";
  let example: Example | undefined;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "anycast-packed-"));
    tarball = await pack(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  afterEach(async () => {
    await example?.dispose();
    example = undefined;
  });
  return async (copied) => (example = await Example.copy(copied, tarball));
}
