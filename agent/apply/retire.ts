import { readdir, rm } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { AGENT_USER } from "../../model/agent-user.ts";
import { PATHS } from "../../model/paths.ts";
import { AgentError } from "../error.ts";
import { RefusedError } from "../control/client.ts";
import { said } from "../exec.ts";
import { releasePackages } from "./dpkg.ts";
import { changesTo } from "./changes.ts";
import { readCurrent } from "./current.ts";
import { putEntries } from "./entry.ts";
import { Hold } from "./hold.ts";
import { at, STATE, type Host } from "./host.ts";
import { removeEmptyFolder } from "./journal.ts";
import { forwardActions } from "./plan.ts";
import { disarmRecovery } from "./recovery.ts";
import { finishInterrupted } from "./undo.ts";
import { transit, withdrawFirst } from "./transition.ts";
import { TURN } from "./turn.ts";
import { unitStates, untilSettled } from "./units.ts";

/**
 * Drains everything, withdraws it when its traffic has gone, then stops and removes all of ours; what packages had put in the place of our files comes back.
 * The agent is asked whether enough other sites are left, as it knows from their heartbeats; without an agent nothing is announced.
 * Can be repeated when it failed. Packages stay, and are no longer held.
 *
 * @throws AgentError when a prefix would fall below the floor and nobody permitted that; nothing was touched then
 */
export async function retire(host: Host): Promise<void> {
  await finishInterrupted(host);
  await untilSettled(host.run);
  const ours = (await readCurrent(host))?.paths ?? [];
  const changes = await changesTo(host, new Map(), ours);
  const actions = forwardActions({
    changes,
    packages: [],
    ours: new Set(ours),
    wanted: new Set(),
    units: await unitStates(host.run),
  });
  const hold = new Hold(host);
  try {
    const held = { ...actions, hold: "the site is retired" };
    await withdrawFirst(host, held, hold, { patience: TURN, goes: true }).catch(explain);
    // While it can still be repeated: somebody else may be at work with packages for longer than is waited for.
    await releasePackages(host);
    await transit(host, {
      actions: held,
      hold,
      swapFiles: () => putEntries(changes.map(({ path, after }) => [at(host, path), after])),
      untilHealthy: async () => {},
      birdTimeout: undefined,
    });
  } finally {
    hold.release();
  }
  for (const path of [PATHS.peers, PATHS.sites]) await rm(at(host, path), { force: true });
  // The deepest first. Those of packages are not empty, but for Debian's own folder of local commands.
  const folders = [...new Set(ours.filter((path) => path !== PATHS.command).map((path) => dirname(path)))];
  folders.sort((a, b) => b.length - a.length);
  for (const folder of folders) await removeEmptyFolder(at(host, folder));
  await rm(at(host, PATHS.agents), { recursive: true, force: true });
  await disarmRecovery(host);
  await emptyState(host);
  await rm(at(host, PATHS.agentState), { recursive: true, force: true });
  await removeUser(host);
}

/** The file of the lock stays: a job that waits for it would hold a lock of its own otherwise, beside the next one. */
async function emptyState(host: Host): Promise<void> {
  const lock = basename(STATE.lock);
  const names = await readdir(at(host, PATHS.state));
  for (const name of names)
    if (name !== lock) await rm(at(host, `${PATHS.state}/${name}`), { recursive: true, force: true });
}

/** The status of userdel(8) when there is no such user. */
const NO_SUCH_USER = 6;

async function removeUser(host: Host): Promise<void> {
  const finished = await host.run(["userdel", AGENT_USER]);
  if (finished.status !== 0 && finished.status !== NO_SUCH_USER)
    throw new AgentError(`the user ${AGENT_USER} could not be removed: ${said(finished)}`);
}

function explain(error: unknown): never {
  if (!(error instanceof RefusedError)) throw error;
  throw new AgentError(
    `the site is not taken away, and nothing was touched (safety 17): ${error.message}. See docs/below-the-floor.md`,
  );
}
