import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { STATE } from "../../agent/apply/host.ts";
import { labAt, labPaths } from "../../lab/folder.ts";
import { METROS } from "../../model/metros.ts";
import { PATHS } from "../../model/paths.ts";
import { Checkout, must } from "../../test/e2e/checkout.ts";
import { ZONE, network } from "../../test/e2e/network.ts";
import { secondsOf } from "../measure.ts";
import { row, type Report, type Row } from "../report.ts";
import { Playbook, type Way } from "./ansible.ts";

const SITES = [...METROS.keys()].slice(0, 20);
const WAVES = ["5%", "30%", "65%", "100%"];
/** Repetitions of each change. */
const RUNS = 3;

/** A change at twenty sites, in four waves and in one, beside an Ansible playbook that does it to all hosts at once, and checks nothing. */
export async function benchDeploy(progress: (line: string) => void): Promise<Report> {
  const checkout = await Checkout.create("bench");
  const repeated = async (
    what: string,
    measure: () => Promise<number>,
    { before = async () => undefined, runs = RUNS }: { before?: () => Promise<void>; runs?: number } = {},
  ): Promise<number[]> => {
    const all: number[] = [];
    while (all.length < runs) {
      await before();
      const took = await measure();
      progress(`${what}: ${took.toFixed(1)} s`);
      all.push(took);
    }
    return all;
  };
  try {
    progress(`${SITES.length} sites: from nothing`);
    const inWaves = (waves: string[]): void =>
      checkout.configure(network(SITES, { rollout: { waves, soak: "100 ms" } }));
    inWaves(WAVES);
    must(await checkout.lab());
    const change = zoneChanges(checkout);
    const up = ["pulumi", "up", "--yes", "--skip-preview", "--stack", "lab"];
    const deploy = (): Promise<number> => secondsOf(checkout.start(...up));

    const four = await repeated("a changed zone, in four waves", deploy, { before: change });
    const noOp = await repeated("nothing changed", deploy);
    inWaves(["100%"]);
    await deploy();
    const one = await repeated("a changed zone, in one wave", deploy, { before: change });

    progress("Ansible, with a playbook that copies the same files");
    const lab = labAt(join(checkout.folder, ".lab"));
    const playbook = await Playbook.write(
      join(checkout.folder, "ansible"),
      await checkout.inventory(),
      labPaths(lab).operatorKey,
    );
    for (const site of SITES) await copyFiles(checkout, site, playbook.filesOf(site));
    const run = (way: Way) => (): Promise<number> => secondsOf(playbook.run(way));
    const before = async (): Promise<void> => {
      await change();
      for (const site of SITES) {
        await execa("cp", [join(checkout.folder, ZONE), zoneIn(playbook.filesOf(site))]);
        await playbook.archive(site);
      }
    };
    const unarchive = await repeated("a changed zone, by Ansible's unarchive", run("unarchive"), { before });
    const unarchiveNoOp = await repeated("nothing changed, by Ansible's unarchive", run("unarchive"));
    // Minutes each.
    const copy = await repeated("a changed zone, by Ansible's copy", run("copy"), { before, runs: 1 });
    const copyNoOp = await repeated("nothing changed, by Ansible's copy", run("copy"), { runs: 1 });

    const changed = `a changed zone, ${SITES.length} sites`;
    const unchanged = `nothing changed, ${SITES.length} sites`;
    const rows: Row[] = [
      row("ours", changed, four, "s"),
      row("ours, in one wave", changed, one, "s"),
      row("ansible-playbook, copy", changed, copy, "s"),
      row("ansible-playbook, unarchive", changed, unarchive, "s"),
      row("ours", unchanged, noOp, "s"),
      row("ansible-playbook, copy", unchanged, copyNoOp, "s"),
      row("ansible-playbook, unarchive", unchanged, unarchiveNoOp, "s"),
    ];
    return {
      name: "deploy",
      rows,
      notes: [
        `Ours goes in ${WAVES.length} waves, and probes each site before the next wave.`,
        "Ansible does all hosts at once (forks 20, pipelining), by one task for all files, and checks nothing afterwards.",
      ],
    };
  } finally {
    await checkout.dispose();
  }
}

/** Returns what changes the serial of the zone, to another one each time. */
function zoneChanges(checkout: Checkout): () => Promise<void> {
  let serial = 2030010100;
  return async () => {
    serial += 1;
    checkout.edit(ZONE, (zone) => zone.replace(/\d{10}/, String(serial)));
  };
}

/** Takes all that we put on a host into a folder, at the same paths below it, but for the link to the agent's bundle. */
async function copyFiles(checkout: Checkout, site: string, folder: string): Promise<void> {
  const current = must(await checkout.exec(`site-${site}`, "cat", STATE.current));
  const { paths } = z.object({ paths: z.array(z.string()) }).parse(JSON.parse(current.stdout));
  const collect = `cd / && for file in ${paths.map((path) => path.slice(1)).join(" ")}; do [ -L "$file" ] || echo "$file"; done | tar --numeric-owner -cz -T - | base64`;
  const { stdout } = must(await checkout.exec(`site-${site}`, "sh", "-c", collect));
  await mkdir(folder, { recursive: true });
  await execa("tar", ["--numeric-owner", "-xz", "-C", folder], { input: Buffer.from(stdout, "base64") });
}

function zoneIn(folder: string): string {
  return join(folder, PATHS.zones, "example.net.zone");
}
