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
import { Playbook } from "./ansible.ts";

const SITES = [...METROS.keys()].slice(0, 20);
const WAVES = ["5%", "30%", "65%", "100%"];
/** Rounds of what takes less than a minute. */
const ROUNDS = 3;

/** The ways to change twenty sites that are compared. */
type Contender = "ours" | "ours, in one wave" | "ansible-playbook, unarchive" | "ansible-playbook, copy";

/**
 * A change at twenty sites, in four waves and in one, beside an Ansible playbook that does it to all hosts at once, and checks nothing.
 * All take turns: a machine that is faster for a while is so for each of them.
 */
export async function benchDeploy(progress: (line: string) => void): Promise<Report> {
  const checkout = await Checkout.create("bench");
  const inWaves = (waves: string[]): void => checkout.configure(network(SITES, { rollout: { waves, soak: "100 ms" } }));
  try {
    progress(`${SITES.length} sites: from nothing`);
    inWaves(WAVES);
    must(await checkout.lab());
    const playbook = await playbookFor(checkout);
    const change = zoneChanges(checkout, playbook);
    const changed = new Map<Contender, number[]>();
    const unchanged = new Map<Contender, number[]>();
    const run = async (contender: Contender): Promise<number> => {
      if (contender === "ansible-playbook, copy") return secondsOf(playbook.run("copy"));
      if (contender === "ansible-playbook, unarchive") return secondsOf(playbook.run("unarchive"));
      inWaves(contender === "ours" ? WAVES : ["100%"]);
      return secondsOf(checkout.start("pulumi", "up", "--yes", "--skip-preview", "--stack", "lab"));
    };
    const measure = async (to: Map<Contender, number[]>, what: string, contender: Contender): Promise<void> => {
      const took = await run(contender);
      progress(`${what}, ${contender}: ${took.toFixed(1)} s`);
      to.set(contender, [...(to.get(contender) ?? []), took]);
    };
    for (let round = 1; round <= ROUNDS; round += 1) {
      // What takes minutes goes once.
      const slow: Contender[] = round === ROUNDS ? ["ansible-playbook, copy"] : [];
      for (const contender of ["ours", "ansible-playbook, unarchive", "ours, in one wave", ...slow] as const) {
        await change();
        await measure(changed, "a changed zone", contender);
        if (contender !== "ours, in one wave") await measure(unchanged, "nothing changed", contender);
      }
    }
    const rowsOf = (all: Map<Contender, number[]>, what: string): Row[] =>
      [...all].map(([contender, seconds]) => row(contender, `${what}, ${SITES.length} sites`, seconds, "s"));
    return {
      name: "deploy",
      rows: [...rowsOf(changed, "a changed zone"), ...rowsOf(unchanged, "nothing changed")],
      notes: [
        `Ours goes in ${WAVES.length} waves, and probes each site before the next wave.`,
        "Ansible does all hosts at once (forks 20, pipelining), by one task for all files, and checks nothing afterwards.",
      ],
    };
  } finally {
    await checkout.dispose();
  }
}

/** A playbook that brings to each host the files that it has of ours. */
async function playbookFor(checkout: Checkout): Promise<Playbook> {
  const folder = join(checkout.folder, "ansible");
  const { operatorKey } = labPaths(labAt(join(checkout.folder, ".lab")));
  const playbook = await Playbook.write(folder, await checkout.inventory(), operatorKey);
  for (const site of SITES) await copyFiles(checkout, site, playbook.filesOf(site));
  return playbook;
}

/** Returns what changes the serial of the zone, to another one each time, for ours and for the playbook. */
function zoneChanges(checkout: Checkout, playbook: Playbook): () => Promise<void> {
  let serial = 2030010100;
  return async () => {
    serial += 1;
    checkout.edit(ZONE, (zone) => zone.replace(/\d{10}/, String(serial)));
    for (const site of SITES) {
      await execa("cp", [join(checkout.folder, ZONE), zoneIn(playbook.filesOf(site))]);
      await playbook.archive(site);
    }
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
