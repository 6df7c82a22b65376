import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { labAt } from "../lab/folder.ts";
import { METROS } from "../model/metros.ts";
import { Checkout, must, type Running } from "../test/e2e/checkout.ts";
import { network } from "../test/e2e/network.ts";
import { row, type Report, type Row } from "./report.ts";

const SIZES = [3, 10, 30];
/** Repetitions of what takes seconds; what takes a minute is done once. */
const RUNS = 3;

/** The lab by its number of sites: from nothing, the no-op, the preview, memory; beside a Pulumi program that declares nothing. */
export async function benchLab(progress: (line: string) => void): Promise<Report> {
  const rows: Row[] = [];
  for (const size of SIZES) {
    const checkout = await Checkout.create("bench");
    try {
      checkout.configure(network([...METROS.keys()].slice(0, size)));
      rows.push(...(await measure(checkout, size, progress)));
    } finally {
      await checkout.dispose();
    }
  }
  return { name: "lab", rows: [...rows, ...growth(rows)] };
}

async function measure(checkout: Checkout, size: number, progress: (line: string) => void): Promise<Row[]> {
  const scenario = (what: string): string => `${what}, ${size} sites`;
  progress(`${size} sites: from nothing`);
  const fromNothing = await timed(checkout.start());
  const memory = labMemory(checkout);

  progress(`${size} sites: no-op and preview`);
  const up = ["pulumi", "up", "--yes", "--skip-preview", "--stack", "lab"];
  const noOp = await repeated(() => timed(checkout.start(...up)));
  const previews = await repeated(() => timed(checkout.start("pulumi", "preview", "--stack", "lab")));

  progress(`${size} sites: the same commands for a program that declares nothing`);
  checkout.write("empty.ts", "export {};\n");
  checkout.edit("Pulumi.yaml", (text) => text.replace("main: index.ts", "main: empty.ts"));
  must(await checkout.pulumi("stack", "init", "empty"));
  const empty = await repeated(() =>
    timed(checkout.start("pulumi", "up", "--yes", "--skip-preview", "--stack", "empty")),
  );
  const emptyPreviews = await repeated(() => timed(checkout.start("pulumi", "preview", "--stack", "empty")));
  checkout.edit("Pulumi.yaml", (text) => text.replace("main: empty.ts", "main: index.ts"));

  return [
    row("ours", scenario("npm run lab from nothing"), [fromNothing.seconds], "s"),
    row("ours", scenario("memory of the lab"), [memory / size], "MB/site"),
    row("ours", scenario("no-op pulumi up"), seconds(noOp), "s"),
    row("empty program", scenario("no-op pulumi up"), seconds(empty), "s"),
    row("ours", scenario("pulumi preview"), seconds(previews), "s"),
    row("empty program", scenario("pulumi preview"), seconds(emptyPreviews), "s"),
    row("ours", scenario("peak memory of engine, program and plugins"), peaks(noOp), "MB"),
    row("empty program", scenario("peak memory of engine, program and plugins"), peaks(empty), "MB"),
  ];
}

/** How each of our figures grows from the fewest sites to the most, per site added. */
function growth(rows: readonly Row[]): Row[] {
  const [few = 0, many = 0] = [SIZES[0], SIZES.at(-1)];
  return rows
    .filter(
      ({ subject, scenario, unit }) => subject === "ours" && unit !== "MB/site" && scenario.endsWith(`, ${few} sites`),
    )
    .flatMap(({ scenario, median, unit }) => {
      const what = scenario.slice(0, scenario.lastIndexOf(","));
      const most = rows.find((other) => other.subject === "ours" && other.scenario === `${what}, ${many} sites`);
      return most === undefined
        ? []
        : [row("ours", `${what}, each site more`, [(most.median - median) / (many - few)], `${unit}/site`)];
    });
}

interface Measurement {
  seconds: number;
  /** Peak resident memory in MB of all processes of Pulumi's together. */
  peak: number;
}

const seconds = (all: readonly Measurement[]): number[] => all.map((one) => one.seconds);
const peaks = (all: readonly Measurement[]): number[] => all.map((one) => one.peak);

async function repeated(measureOnce: () => Promise<Measurement>): Promise<Measurement[]> {
  const all: Measurement[] = [];
  for (let run = 0; run < RUNS; run += 1) all.push(await measureOnce());
  return all;
}

async function timed(running: Running): Promise<Measurement> {
  const start = performance.now();
  let peak = 0;
  const sampler = setInterval(() => {
    peak = Math.max(peak, descendantsMemory(running.pid ?? 0));
  }, 200);
  const { exitCode, all } = await running;
  clearInterval(sampler);
  if (exitCode !== 0) throw new Error(`the command failed:\n${all}`);
  return { seconds: (performance.now() - start) / 1000, peak };
}

/** Proportional set size in MB of a process and of all that came from it. */
function descendantsMemory(root: number): number {
  const parents = new Map(processes().map((pid) => [pid, parentOf(pid)]));
  const belongs = (pid: number | undefined): boolean =>
    pid !== undefined && (pid === root || belongs(parents.get(pid)));
  return [...parents.keys()].filter(belongs).reduce((sum, pid) => sum + memoryOf(pid), 0);
}

/** Proportional set size in MB of all processes in the namespaces of a checkout's lab. */
function labMemory(checkout: Checkout): number {
  const { id } = labAt(join(checkout.folder, ".lab"));
  const namespaces = new Set(
    readdirSync("/run/netns")
      .filter((name) => name.startsWith(`lab-${id}-`))
      .map((name) => statSync(`/run/netns/${name}`).ino),
  );
  const inLab = (pid: number): boolean => {
    try {
      return namespaces.has(statSync(`/proc/${pid}/ns/net`).ino);
    } catch {
      return false; // It ended.
    }
  };
  return processes()
    .filter(inLab)
    .reduce((sum, pid) => sum + memoryOf(pid), 0);
}

function processes(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function parentOf(pid: number): number | undefined {
  const match = /\) \S (\d+)/.exec(read(`/proc/${pid}/stat`));
  return match === null ? undefined : Number(match[1]);
}

function memoryOf(pid: number): number {
  const match = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`));
  return match === null ? 0 : Number(match[1]) / 1024;
}

/** The content of a file of a process, empty when the process has ended. */
function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
