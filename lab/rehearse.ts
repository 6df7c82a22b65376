import { cloudItems } from "./clouds/inventory.ts";
import { BY_HAND } from "./clouds/vultr/by-hand.ts";
import { down } from "./down.ts";
import { makeLabFolder, type Lab } from "./folder.ts";
import { changeLab } from "./hosts.ts";
import { permitTheEnd } from "./permit.ts";
import { makeStack, pulumi, setSecrets } from "./pulumi.ts";
import { makeProject, openAccount, readRehearsal, regionsIn, rehearsed, secretsOf, writeConfig } from "./rehearsal.ts";
import { readStackFile } from "./stack-file.ts";
import { readState } from "./state.ts";
import { showNetwork, step, withRegions } from "./up.ts";
import { UsageError } from "./usage-error.ts";

/** How a stack is rehearsed. */
export interface RehearseOptions {
  /** Whether the network stays up, to be looked at and played with until `down`. */
  readonly keep: boolean;
}

/**
 * Brings a stack's whole network up on simulated clouds with hosts of the lab behind them: the same program, the same adapters, the
 * stack file's own configuration, but a state and secrets of the lab's. Shows sites, sessions and catchment; then destroys it and looks
 * whether anything is left.
 *
 * @returns 0 when every client was answered as expected and nothing was left, else the exit status of what failed
 * @throws UsageError when there is no such stack, or the lab is in use for another
 */
export async function rehearse(lab: Lab, stack: string, { keep }: RehearseOptions): Promise<number> {
  await prepare(lab, stack);
  const deployed = await pulumi(lab, ["up", "--yes", "--skip-preview", "--suppress-outputs"]);
  if (deployed !== 0) {
    process.stderr.write(
      `\nThe rehearsal of '${stack}' failed and is left as it is. Look at it with npm run lab -- status; ` +
        "try again with npm run lab -- pulumi up; remove it with npm run lab -- down.\n",
    );
    return deployed;
  }
  const shown = await showNetwork(lab);
  if (keep) {
    process.stderr.write(`\nThe rehearsal of '${stack}' stays up. Remove it: npm run lab -- down\n`);
    return shown;
  }
  await permitTheEnd(lab);
  const destroyed = await pulumi(lab, ["destroy", "--yes", "--skip-preview"]);
  if (destroyed !== 0) return destroyed;
  const left = await leftovers(lab);
  if (left.length > 0) {
    process.stderr.write(`\nThe destroy left something at the clouds:\n${left.join("\n")}\n`);
    return 1;
  }
  await step("destroyed: nothing is left at the clouds", () => down(lab));
  return shown;
}

/** Puts the Internet, the clouds' account, the hosts that exist already and the configuration in place. */
async function prepare(lab: Lab, stack: string): Promise<void> {
  if (!/^[A-Za-z0-9_.-]+$/.test(stack)) throw new UsageError(`'${stack}' is no name of a stack.`);
  const { config, network } = readStackFile(stack);
  await refuseOthers(lab, stack);
  await makeLabFolder(lab);
  await makeProject(lab, stack);
  await makeStack(lab);
  const { sites, clients } = regionsIn(network);
  await step("Internet", () => changeLab(lab, (current) => withRegions(current, sites, clients)));
  const account = await openAccount(lab, network);
  const own = await step("hosts that exist already", () => rehearsed(lab, network));
  await writeConfig(lab, stack, { ...config, "anycast:network": own });
  await setSecrets(lab, await secretsOf(lab, network, account));
}

async function refuseOthers(lab: Lab, stack: string): Promise<void> {
  const other = (await readRehearsal(lab))?.stack;
  if (other === stack) return;
  if (other === undefined && Object.keys((await readState(lab))?.hosts ?? {}).length === 0) return;
  const use = other === undefined ? "has the stack 'lab' deployed" : `rehearses '${other}'`;
  throw new UsageError(
    `The lab in ${lab.folder} ${use}. Take it down first (npm run lab -- down), or let ANYCAST_LAB_DIR name another folder.`,
  );
}

/** What there is at the clouds, and which hosts of the lab were made for it. */
async function leftovers(lab: Lab): Promise<string[]> {
  const made = (await cloudItems(lab)).filter(({ name }) => name !== BY_HAND);
  const items = made.map(({ cloud, kind, id, name }) => `${cloud} ${kind} ${id} ${name}`);
  const hosts = Object.values((await readState(lab))?.hosts ?? {});
  return [...items, ...hosts.filter(({ answersAs }) => answersAs !== undefined).map(({ site }) => `host ${site}`)];
}
