import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import type { Checkout, Ended } from "./checkout.ts";

/** A checkout as a pipeline has it: with a bare repository as its origin, and the scripts of `gitops/` with the lab's `pulumi`. */
export class LabPipeline {
  private readonly checkout: Checkout;
  private readonly programs: string;

  private constructor(checkout: Checkout, programs: string) {
    this.checkout = checkout;
    this.programs = programs;
  }

  /** Makes the repository, with the checkout as it is now on `main`. */
  static async of(checkout: Checkout): Promise<LabPipeline> {
    const folder = join(checkout.folder, ".lab", "pipeline");
    const pipeline = new LabPipeline(checkout, join(folder, "bin"));
    mkdirSync(pipeline.programs, { recursive: true });
    const pulumi = join(pipeline.programs, "pulumi");
    writeFileSync(pulumi, `#!/bin/sh\nexec ${checkout.folder}/tools/run lab/main.ts pulumi "$@"\n`);
    chmodSync(pulumi, 0o755);
    await execa("git", ["init", "--quiet", "--bare", "--initial-branch=main", join(folder, "origin.git")]);
    await pipeline.git("init", "--quiet", "--initial-branch=main");
    await pipeline.git("config", "user.name", "test");
    await pipeline.git("config", "user.email", "test@example.net");
    await pipeline.git("remote", "add", "origin", join(folder, "origin.git"));
    await pipeline.commit("As deployed");
    await pipeline.git("push", "--quiet", "origin", "main");
    return pipeline;
  }

  async git(...args: readonly string[]): Promise<void> {
    await execa("git", args, { cwd: this.checkout.folder });
  }

  /** Commits all that changed in the checkout. */
  async commit(message: string): Promise<void> {
    await this.git("add", "--all");
    await this.git("commit", "--quiet", "--message", message);
  }

  /** Runs a script of `gitops/`. */
  async run(script: string, ...args: readonly string[]): Promise<Ended> {
    const { exitCode, all, stdout } = await execa(join(this.checkout.folder, "gitops", script), args, {
      cwd: this.checkout.folder,
      all: true,
      reject: false,
      env: { PATH: `${this.programs}${delimiter}${process.env["PATH"]}`, NO_COLOR: "1" },
    });
    return { ok: exitCode === 0, output: all, stdout };
  }
}
