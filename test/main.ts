import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";

/** How a part of the suite ended. */
interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
}

const reportSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numFailedTestSuites: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
});

/** A tool whose exit status is its verdict; counts as one test. */
async function verdict(command: string, args: string[]): Promise<Outcome> {
  const { exitCode } = await execa(command, args, {
    preferLocal: true,
    stdio: ["ignore", "inherit", "inherit"],
    reject: false,
  });
  return exitCode === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

/** A project of vitest.config.ts; what it could not even load counts as failed. */
async function project(name: string): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "anycast-test-"));
  const report = join(folder, "report.json");
  try {
    const args = ["run", "--project", name, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const { exitCode } = await execa("vitest", args, {
      preferLocal: true,
      stdio: ["ignore", "inherit", "inherit"],
      reject: false,
    });
    const result = reportSchema.parse(JSON.parse(readFileSync(report, "utf8")));
    const failed = Math.max(result.numFailedTests, result.numFailedTestSuites > 0 || exitCode !== 0 ? 1 : 0);
    return { passed: result.numPassedTests, failed, skipped: result.numPendingTests + result.numTodoTests };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Part = [name: string, run: () => Promise<Outcome>];

/** What CI runs, group after group; the parts of a group at once: one that computes beside others, or beside one that mostly waits. */
const GROUPS: readonly (readonly Part[])[] = [
  [
    ["format", () => verdict("prettier", ["--check", "--log-level", "warn", "."])],
    ["lint", () => verdict("oxlint", ["--type-aware", "--deny-warnings"])],
    ["types", () => verdict("tsc", ["--noEmit"])],
  ],
  [["unit", () => project("unit")]],
  [
    ["package", () => project("package")],
    ["root", () => project("root")],
  ],
  [["e2e", () => project("e2e")]],
];

// `npm run test:chaos` takes too long for every change.
const groups = process.argv[2] === "chaos" ? [[["chaos", () => project("chaos")] satisfies Part]] : GROUPS;

const total: Outcome = { passed: 0, failed: 0, skipped: 0 };
const summary: string[] = [];

async function runPart([name, run]: Part): Promise<void> {
  const start = Date.now();
  const { passed, failed, skipped } = await run();
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  summary.push(`${name.padEnd(8)} ${seconds.padStart(7)} s   ${passed} passed, ${failed} failed, ${skipped} skipped`);
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}

for (const group of groups) {
  console.log(`\n== ${group.map(([name]) => name).join(", ")}`);
  await Promise.all(group.map(runPart));
}
console.log(`\n== how long each part took\n${summary.join("\n")}\n`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
