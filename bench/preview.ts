import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { makeAccount } from "../lab/account.ts";
import { labAt, makeLabFolder, type Lab } from "../lab/folder.ts";
import { makeStack, setSecrets } from "../lab/pulumi.ts";
import { makeProject, openAccount, secretsOf, writeConfig } from "../lab/rehearsal.ts";
import { REGIONS } from "../model/regions.ts";
import type { NetworkInput } from "../model/schema.ts";
import { measured, type Measured } from "./measure.ts";
import { row, type Report, type Row } from "./report.ts";

const PROJECT = join(import.meta.dirname, "..");
const STACK = "bench";
const SIZES = [30, 100, 300];
/** Repetitions; the largest size is done once. */
const RUNS = 3;

/** The first preview of a network at Vultr by its number of sites, on the simulated cloud; beside a program that declares as many empty resources. */
export async function benchPreview(progress: (line: string) => void): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), "anycast-bench-"));
  const lab = labAt(folder);
  try {
    await makeLabFolder(lab);
    await makeAccount(lab);
    await makeProject(lab, STACK);
    await makeStack(lab);
    const rows: Row[] = [];
    for (const size of SIZES) rows.push(...(await measure(lab, size, progress)));
    return { name: "preview", rows: [...rows, ...growth(rows)] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(lab: Lab, size: number, progress: (line: string) => void): Promise<Row[]> {
  const network = vultrNetwork(size);
  const account = await openAccount(lab, network);
  await writeConfig(lab, STACK, { "anycast:network": network });
  await setSecrets(lab, await secretsOf(lab, network, account));
  const runs = size === SIZES.at(-1) ? 1 : RUNS;

  progress(`${size} sites: preview`);
  await main(lab, "index.ts");
  const ours = await measured(() => preview(lab), runs);
  const resources = Number(/\+ (\d+) to create/.exec(ours.output)?.[1]);

  progress(`${size} sites: preview of ${resources} empty resources`);
  await writeFile(join(lab.folder, "rehearsal", "empty.ts"), emptyProgram(resources));
  await main(lab, "empty.ts");
  const empty = await measured(() => preview(lab), runs);
  const rowsOf = (subject: string, { seconds, peak }: Measured): Row[] => [
    row(subject, `preview, ${size} sites`, seconds, "s"),
    row(subject, `peak memory of engine, program and plugins, ${size} sites`, [peak], "MiB"),
  ];
  return [
    row("ours", `resources, ${size} sites`, [resources], ""),
    ...rowsOf("ours", ours),
    ...rowsOf("as many empty resources", empty),
  ];
}

/** What each site more adds between one size and the next: equal figures are linear growth. */
function growth(rows: readonly Row[]): Row[] {
  const of = (what: string, size: number): Row | undefined =>
    rows.find(({ subject, scenario }) => subject === "ours" && scenario === `${what}, ${size} sites`);
  return ["preview", "peak memory of engine, program and plugins"].flatMap((what) =>
    SIZES.slice(1).flatMap((size, index) => {
      const smaller = SIZES[index] ?? 0;
      const [from, to] = [of(what, smaller), of(what, size)];
      if (from === undefined || to === undefined) return [];
      const unit = to.unit === "s" ? "ms/site" : "MiB/site";
      const each = ((to.median - from.median) / (size - smaller)) * (to.unit === "s" ? 1000 : 1);
      return [row("ours", `${what}, each site more, ${smaller} to ${size}`, [each], unit)];
    }),
  );
}

function preview(lab: Lab) {
  return execa(join(PROJECT, "tools/run"), ["lab/main.ts", "pulumi", "preview", "--stack", STACK], {
    cwd: PROJECT,
    reject: false,
    all: true,
    env: { NO_COLOR: "1", ANYCAST_LAB_DIR: lab.folder },
  });
}

/** Points the bench's own project, which is like ours otherwise, to a program. */
async function main(lab: Lab, program: string): Promise<void> {
  const folder = join(lab.folder, "rehearsal");
  const own = parse(await readFile(join(PROJECT, "Pulumi.yaml"), "utf8")) as object;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "Pulumi.yaml"), JSON.stringify({ ...own, main: program }));
}

/** The stack itself is one of the resources. */
function emptyProgram(resources: number): string {
  return `import * as pulumi from "@pulumi/pulumi";
for (let index = 1; index < ${resources}; index += 1) new pulumi.ComponentResource("bench:index:Empty", \`empty-\${index}\`);
`;
}

function vultrNetwork(size: number): NetworkInput {
  const regions = [...REGIONS.vultr.keys()];
  const sites = Array.from({ length: size }, (_, index) => {
    const host = { provider: "vultr", region: regions[index % regions.length] ?? "" } as const;
    return [`s${String(index + 1).padStart(3, "0")}`, { host }] as const;
  });
  return {
    asn: 64500,
    prefixes: ["203.0.113.0/24", "2001:db8:53::/48"],
    services: {
      dns: {
        kind: "dns",
        addresses: ["203.0.113.53", "2001:db8:53::53"],
        zones: { "example.net": "stacks/zones/example.net.zone" },
      },
    },
    sites: Object.fromEntries(sites),
  };
}
