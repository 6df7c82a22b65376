import type { AgentConfig } from "../../model/agent-config.ts";
import type { ApplyResult, Manifest } from "../../model/manifest.ts";
import { PATHS } from "../../model/paths.ts";
import { AgentError, messageOf } from "../error.ts";
import type { Actions } from "./actions.ts";
import { rememberApplied } from "./applied.ts";
import { fetchPackages, unpackedSize } from "./apt.ts";
import { downIn, takeBaseline, type Baseline } from "./baseline.ts";
import { textOf, type Change } from "./changes.ts";
import { checkStaged } from "./checkers.ts";
import type { Current } from "./current.ts";
import { ABSENT, readEntry } from "./entry.ts";
import { goForward } from "./forward.ts";
import { Hold } from "./hold.ts";
import { at, STATE, type Host } from "./host.ts";
import { closeJournal, openJournal } from "./journal.ts";
import { writeJson } from "./own-file.ts";
import { keepOriginals } from "./originals.ts";
import { inWords, type PackageChange } from "./packages.ts";
import { forwardActions, isIdle, readableConfig, undoActions, type Situation } from "./plan.ts";
import { expectedNow, longestProbe, probe, type Seen } from "./probe.ts";
import { checkRoom } from "./room.ts";
import { armRecovery } from "./recovery.ts";
import { lookAt } from "./situation.ts";
import { stage, unstage } from "./stage.ts";
import { configNow } from "./standing.ts";
import { TURN } from "./turn.ts";
import { withdrawFirst } from "./transition.ts";
import { tidy } from "./tidy.ts";
import { bootId, finishInterrupted, undo } from "./undo.ts";
import { hostVersions } from "./versions.ts";
import { untilSettled } from "./units.ts";
import type { Wanted } from "./wanted.ts";

/** What is to be applied. */
export interface Order {
  readonly manifest: Manifest;
  /** SHA-256 of the manifest's text, hex. */
  readonly digest: string;
  /** The agent's bundle to use from now on. */
  readonly bundle: string;
}

/**
 * Makes the host what the manifest says, or leaves it as it was. Nobody else may change the host meanwhile.
 *
 * @throws AgentError that says what went wrong, and what became of the host
 */
export async function applyManifest(host: Host, order: Order): Promise<ApplyResult> {
  const { manifest, digest, bundle } = order;
  await finishInterrupted(host);
  await untilSettled(host.run);
  const { wanted, situation: asked } = await lookAt(host, order);
  const { changes } = asked;
  host.log(`${changes.length} files of ${wanted.size} are to change`);
  const { warnings, packages } = await checkFirst(host, wanted, asked);
  const situation = { ...asked, packages };
  const current: Current = {
    format: 1,
    site: manifest.site,
    digest,
    secrets: manifest.secrets,
    paths: [...wanted.keys()],
  };
  const actions = forwardActions(situation);
  const idle = changes.length === 0 && packages.length === 0 && isIdle(actions);
  const seen = idle
    ? await glance(host, current)
    : await carryOut(host, {
        situation,
        actions,
        current,
        config: readableConfig(textOf(wanted.get(PATHS.agentConfig))),
        soak: manifest.soak,
      });
  const unremembered = await rememberApplied(host, { digest, bundle, manifest });
  return {
    site: manifest.site,
    digest,
    changed: changes.map(({ path }) => path),
    packages: packages.map(inWords),
    versions: await hostVersions(host.run, wanted.has(PATHS.knot)),
    prefixes: Object.fromEntries(seen.observation?.actual ?? []),
    warnings: [...warnings, ...seen.warnings, ...unremembered, ...(await tidyOrTell(host, current, packages))],
  };
}

/** What has to be well before anything is touched. */
async function checkFirst(
  host: Host,
  wanted: Wanted,
  { changes, packages }: Situation,
): Promise<{ warnings: string[]; packages: PackageChange[] }> {
  if (changes.length === 0 && packages.length === 0) return { warnings: [], packages: [] };
  try {
    await checkRoom(host, { wanted, changes });
    await stage(host, wanted);
    const warnings = await checkStaged(host, changes, packages);
    const fetched = await fetchPackages(host, packages);
    if (fetched.length > 0) await checkRoom(host, { wanted, changes, unpacked: await unpackedSize(host, fetched) });
    return { warnings, packages: fetched };
  } catch (error) {
    throw new AgentError(`${messageOf(error)}. Nothing was touched.`);
  } finally {
    await unstage(host);
  }
}

/** The change is valid by now: what cannot be tidied up is no failure. */
async function tidyOrTell(host: Host, current: Current, packages: readonly PackageChange[]): Promise<string[]> {
  try {
    await tidy(host, current, packages);
    return [];
  } catch (error) {
    return [`old files could not be removed: ${messageOf(error)}`];
  }
}

/** What the current manifest's record was before, so that it goes back with everything else. */
async function changeOfCurrent(host: Host): Promise<Change> {
  return { path: STATE.current, before: await readEntry(at(host, STATE.current)), after: ABSENT };
}

/** After everything was put back: whether the site does again what it did. */
async function servesAsBefore(host: Host, baseline: Baseline): Promise<string> {
  const restored = "Everything is as it was before.";
  const expected = await expectedNow(host, () => downIn(baseline));
  if (baseline.report === undefined || expected === undefined) return restored;
  const { problems } = await probe(expected, performance.now());
  return problems.length === 0 ? restored : `${restored} But not all is well again yet: ${problems.join("; ")}.`;
}

/** Nothing is to be done: what is not as it should be is told, but is no failure of this apply. */
async function glance(host: Host, current: Current): Promise<Seen> {
  await armRecovery(host);
  await writeJson(at(host, STATE.current), current);
  const baseline = await takeBaseline(await configNow(host));
  const expected = await expectedNow(host, () => downIn(baseline));
  if (expected === undefined) return { problems: [], warnings: [] };
  const seen = await probe(expected, -Infinity);
  return { ...seen, warnings: [...seen.warnings, ...seen.problems] };
}

/** Long enough for both probes of a change and its soak, in seconds. */
function birdTimeout({ config, soak }: Plan): number {
  const probes = config === undefined ? 0 : 2 * longestProbe(config);
  return 60 + Math.ceil((probes + soak) / 1000);
}

interface Plan {
  /** With the packages that those that are asked for bring along. */
  readonly situation: Situation;
  readonly actions: Actions;
  readonly current: Current;
  /** The agent's configuration afterwards. */
  readonly config: AgentConfig | undefined;
  /** Milliseconds. */
  readonly soak: number;
}

/** Drains and withdraws first if the change would hurt; only then anything is touched. */
async function carryOut(host: Host, plan: Plan): Promise<Seen> {
  const baseline = await takeBaseline(await configNow(host));
  const hold = new Hold(host);
  try {
    try {
      if (isDrainedBy(plan, baseline)) await hold.drainFirst("apply: drained by configuration", TURN);
      await withdrawFirst(host, plan.actions, hold, { patience: TURN });
    } catch (error) {
      throw new AgentError(`${messageOf(error)}. Nothing was changed.`);
    }
    const seen = await changeOrUndo(host, plan, baseline, hold);
    return { ...seen, warnings: [...hold.warnings, ...seen.warnings] };
  } finally {
    hold.release();
  }
}

/** Whether the site is drained from this change on. */
function isDrainedBy({ config }: Plan, { config: before }: Baseline): boolean {
  return before?.state === "active" && config?.state === "drained";
}

async function changeOrUndo(host: Host, plan: Plan, baseline: Baseline, hold: Hold): Promise<Seen> {
  const { situation, actions, current, soak } = plan;
  const { changes, packages } = situation;
  await armRecovery(host);
  const journal = await openJournal(host, {
    site: current.site,
    boot: await bootId(),
    changes: [...changes, await changeOfCurrent(host)],
    packages,
    undo: undoActions(situation),
  });
  try {
    const step = { changes, packages, actions, baseline, hold, birdTimeout: birdTimeout(plan), soak };
    const seen = await goForward(host, step);
    await keepOriginals(host, situation);
    await writeJson(at(host, STATE.current), current);
    await closeJournal(host);
    host.log("applied");
    return seen;
  } catch (error) {
    host.log(`failed: ${messageOf(error)}`);
    const outcome = await undo(host, journal, hold).then(
      () => servesAsBefore(host, baseline),
      (failure: unknown) =>
        `Putting everything back failed too: ${messageOf(failure)}. Run 'anycast-agent recover' there.`,
    );
    throw new AgentError(`${messageOf(error)}. ${outcome}`);
  }
}
