import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { labAt } from "../lab/folder.ts";
import { METROS } from "../model/metros.ts";
import { Checkout, must } from "../test/e2e/checkout.ts";
import { network } from "../test/e2e/network.ts";
import { measured, memoryOf, processes, secondsOf } from "./measure.ts";
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
  const fromNothing = await secondsOf(checkout.start());
  const memory = labMemory(checkout);

  progress(`${size} sites: no-op and preview`);
  const up = ["pulumi", "up", "--yes", "--skip-preview", "--stack", "lab"];
  const noOp = await measured(() => checkout.start(...up), RUNS);
  const previews = await measured(() => checkout.start("pulumi", "preview", "--stack", "lab"), RUNS);

  progress(`${size} sites: the same commands for a program that declares nothing`);
  checkout.write("empty.ts", "export {};\n");
  checkout.edit("Pulumi.yaml", (text) => text.replace("main: index.ts", "main: empty.ts"));
  must(await checkout.pulumi("stack", "init", "empty"));
  const upEmpty = ["pulumi", "up", "--yes", "--skip-preview", "--stack", "empty"];
  const empty = await measured(() => checkout.start(...upEmpty), RUNS);
  const emptyPreviews = await measured(() => checkout.start("pulumi", "preview", "--stack", "empty"), RUNS);
  checkout.edit("Pulumi.yaml", (text) => text.replace("main: empty.ts", "main: index.ts"));

  return [
    row("ours", scenario("npm run lab from nothing"), [fromNothing], "s"),
    row("ours", scenario("memory of the lab"), [memory / size], "MB/site"),
    row("ours", scenario("no-op pulumi up"), noOp.seconds, "s"),
    row("empty program", scenario("no-op pulumi up"), empty.seconds, "s"),
    row("ours", scenario("pulumi preview"), previews.seconds, "s"),
    row("empty program", scenario("pulumi preview"), emptyPreviews.seconds, "s"),
    row("ours", scenario("peak memory of engine, program and plugins"), [noOp.peak], "MB"),
    row("empty program", scenario("peak memory of engine, program and plugins"), [empty.peak], "MB"),
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
