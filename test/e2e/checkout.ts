import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { execa } from "execa";
import { initOf } from "../../lab/exec.ts";
import { labAt } from "../../lab/folder.ts";
import { NODE_ENVIRONMENT, entering } from "../../lab/node-process.ts";
import { queryAddresses } from "../../lab/up.ts";
import type { QueryRow } from "../../lab/query.ts";
import { pluginPids } from "./engine.ts";
import type { NetworkInput } from "../../model/schema.ts";
import type { Inventory } from "../../model/inventory.ts";

const PROJECT = resolve(import.meta.dirname, "../..");

const STACK_FILE = "stacks/Pulumi.lab.yaml";

/** A running command of ours. */
export type Running = ReturnType<typeof run>;

function run(folder: string, [program = "", ...args]: readonly string[], input = "") {
  const options = { cwd: folder, reject: false, all: true, input, env: { NO_COLOR: "1" } } as const;
  return execa(program.includes("/") ? join(folder, program) : program, args, options);
}

/** What runs a command of the lab: `npm run lab`, or without the second in which that looks whether all is in place, as the test's own set-up did. */
const [NPM_RUN_LAB, LAB] = [
  ["tools/run", "lab/main.ts"],
  ["node", "--import", "tsx", "lab/main.ts"],
];

/** Whether a command of the lab may deploy other addresses. */
function deploys([command, action]: readonly string[]): boolean {
  return command === undefined || command === "rehearse" || (command === "pulumi" && action !== "stack");
}

/** How a command of ours ended: everything that it printed in one text. */
export interface Ended {
  ok: boolean;
  output: string;
  stdout: string;
}

/**
 * A copy of this checkout in a folder of its own, with a lab of its own: tests change its stack file, its zones and its sources,
 * and use it by the same commands as anyone who cloned it. npm's packages are shared with this checkout.
 */
export class Checkout {
  readonly folder: string;
  /** Of the DNS services that were deployed last; undefined when that has to be asked. */
  private addresses: Promise<string[]> | undefined;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(name: string): Promise<Checkout> {
    const folder = mkdtempSync(join(tmpdir(), `anycast-${name}-`));
    const { stdout } = await execa("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate"], {
      cwd: PROJECT,
    });
    for (const file of stdout.split("\n")) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      cpSync(join(PROJECT, file), join(folder, file), { errorOnExist: false });
    }
    symlinkSync(join(PROJECT, "node_modules"), join(folder, "node_modules"));
    return new Checkout(folder);
  }

  /** Runs `npm run lab -- ARGS…`. */
  async lab(...args: string[]): Promise<Ended> {
    return ended(await this.start(...args));
  }

  /** Starts `npm run lab -- ARGS…` and does not wait. */
  start(...args: string[]): Running {
    if (deploys(args)) this.addresses = undefined;
    return run(this.folder, [...(args.length === 0 ? NPM_RUN_LAB : LAB), ...args]);
  }

  /** Runs a command in a node of the lab, as `npm run lab -- exec` does, but without a second for that to start. */
  async exec(node: string, ...command: string[]): Promise<Ended> {
    const init = await initOf(labAt(join(this.folder, ".lab")), node);
    const options = { reject: false, all: true, input: "", env: NODE_ENVIRONMENT, extendEnv: false } as const;
    return ended(await execa("nsenter", entering(init, command), options));
  }

  /** Runs `pulumi` as the lab does. */
  async pulumi(...args: string[]): Promise<Ended> {
    return this.lab("pulumi", ...args);
  }

  /** Runs the operator's command as the lab does. */
  async anycast(...args: string[]): Promise<Ended> {
    return this.lab("anycast", ...args);
  }

  /** `pulumi up`, without a preview. */
  async up(): Promise<Ended> {
    return this.pulumi("up", "--yes", "--skip-preview", "--stack", "lab", "--color", "never");
  }

  /** Sets a secret of the stack; it travels on standard input, as it should. */
  async setSecret(key: string, value: string): Promise<void> {
    must(
      ended(
        await run(this.folder, [...LAB, "pulumi", "config", "set", "--stack", "lab", "--secret", "--path", key], value),
      ),
    );
  }

  /** Asks as `npm run lab -- query` does, but without the seconds in which that starts and asks Pulumi for the addresses, which tests wait for hundreds of times. */
  async query(): Promise<QueryRow[]> {
    this.addresses ??= this.inventory().then(({ services }) =>
      Object.values(services)
        .filter(({ kind }) => kind === "dns")
        .flatMap(({ addresses }) => addresses),
    );
    return queryAddresses(labAt(join(this.folder, ".lab")), await this.addresses);
  }

  async inventory(): Promise<Inventory> {
    return JSON.parse(must(await this.pulumi("stack", "output", "inventory", "--json")).stdout) as Inventory;
  }

  /**
   * Writes the network into the lab's stack file; whatever else stands there goes, apart from the salt of its secrets.
   *
   * @param network also as a YAML text, indented by 4
   */
  configure(network: NetworkInput | string): void {
    const salt = /^encryptionsalt:.*$/m.exec(this.read(STACK_FILE))?.[0] ?? "";
    const text = typeof network === "string" ? `\n${network}` : ` ${JSON.stringify(network)}\n`;
    this.write(STACK_FILE, `${salt}\nconfig:\n  anycast:network:${text}`);
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), "utf8");
  }

  write(file: string, content: string): void {
    writeFileSync(join(this.folder, file), content);
  }

  /** Changes a file of the copy. */
  edit(file: string, change: (content: string) => string): void {
    const before = this.read(file);
    const after = change(before);
    if (after === before) throw new Error(`the change to ${file} changes nothing`);
    this.write(file, after);
  }

  /** Takes the lab down and the copy away. */
  async dispose(): Promise<void> {
    for (const pid of pluginPids(this.folder)) process.kill(pid, "SIGKILL");
    must(await this.lab("down"));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function ended({ exitCode, all, stdout }: { exitCode?: number | undefined; all: string; stdout: string }): Ended {
  return { ok: exitCode === 0, output: all, stdout };
}

/** The result of a command that has to end well. */
export function must(result: Ended): Ended {
  if (!result.ok) throw new Error(`the command failed:\n${result.output}`);
  return result;
}
