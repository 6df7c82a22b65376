import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import type { NetworkInput } from "../model/schema.ts";

const PROJECT = resolve(import.meta.dirname, "..");

/** What the scripts use of the project. */
const USED = [
  "cli",
  "clients",
  "gitops",
  "model",
  "render",
  "stacks",
  "Pulumi.yaml",
  "package.json",
  "package-lock.json",
];

/** For tests: how a script ended. */
export interface Ended {
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** For tests: a bare repository, a clone of it with the project in it, and programs that stand for those that need a network. */
export class Pipeline {
  readonly clone: string;
  private readonly folder = mkdtempSync(join(tmpdir(), "anycast-gitops-"));

  private constructor() {
    this.clone = join(this.folder, "clone");
  }

  /** @param stack changes the lab's stack before the first commit */
  static async create(stack: (network: NetworkInput) => void): Promise<Pipeline> {
    const pipeline = new Pipeline();
    mkdirSync(join(pipeline.folder, "bin"));
    await execa("git", ["init", "--quiet", "--bare", "--initial-branch=main", join(pipeline.folder, "origin.git")]);
    await execa("git", ["clone", "--quiet", join(pipeline.folder, "origin.git"), pipeline.clone]);
    for (const name of USED) cpSync(join(PROJECT, name), join(pipeline.clone, name), { recursive: true });
    symlinkSync(join(PROJECT, "node_modules"), join(pipeline.clone, "node_modules"));
    writeFileSync(join(pipeline.clone, ".gitignore"), "node_modules\n");
    pipeline.edit(stack);
    await pipeline.git("checkout", "--quiet", "-B", "main");
    await pipeline.commit("The project");
    await pipeline.git("push", "--quiet", "origin", "main");
    return pipeline;
  }

  /** Changes the lab's stack file. */
  edit(change: (network: NetworkInput) => void): void {
    const file = join(this.clone, "stacks/Pulumi.lab.yaml");
    const content = parse(readFileSync(file, "utf8")) as { config: { "anycast:network": NetworkInput } };
    change(content.config["anycast:network"]);
    writeFileSync(file, stringify(content));
  }

  async commit(message: string): Promise<void> {
    await this.git("add", "--all");
    await this.git("-c", "user.name=test", "-c", "user.email=test@example.net", "commit", "--quiet", "-m", message);
  }

  async git(...args: readonly string[]): Promise<string> {
    return (await execa("git", args, { cwd: this.clone })).stdout;
  }

  /** Puts a program of a shell script before all others. It can write to `$CALLS`, which {@link calls} reads. */
  program(name: string, script: string): void {
    const path = join(this.folder, "bin", name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  }

  /** The lines that the programs wrote, since the last time. */
  calls(): string[] {
    const file = join(this.folder, "calls");
    try {
      return readFileSync(file, "utf8").trimEnd().split("\n");
    } catch {
      return [];
    } finally {
      rmSync(file, { force: true });
    }
  }

  /** Runs a script of `gitops/` in the clone. */
  async run(
    args: readonly string[],
    { input = "", env = {} }: { input?: string; env?: Record<string, string> } = {},
  ): Promise<Ended> {
    const [name = "", ...rest] = args;
    const ended = await execa(join(this.clone, "gitops", name), rest, {
      cwd: this.clone,
      input,
      reject: false,
      env: { PATH: `${join(this.folder, "bin")}:${process.env["PATH"]}`, CALLS: join(this.folder, "calls"), ...env },
    });
    return { status: ended.exitCode, stdout: ended.stdout, stderr: ended.stderr };
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true });
  }
}
