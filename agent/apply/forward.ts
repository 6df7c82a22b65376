import type { Actions } from "./actions.ts";
import { AgentError } from "../error.ts";
import { installPackages } from "./apt.ts";
import { excusedBy, type Baseline } from "./baseline.ts";
import type { Change } from "./changes.ts";
import { checkInPlace } from "./checkers.ts";
import { putEntries } from "./entry.ts";
import type { Hold } from "./hold.ts";
import { at, type Host } from "./host.ts";
import { confirmBird } from "./perform.ts";
import { expectedNow, lookAgain, probe, probeServices, type Expected, type Seen } from "./probe.ts";
import type { PackageChange } from "./packages.ts";
import { soak } from "./soak.ts";
import { transit } from "./transition.ts";

/** A change that its journal can undo, withdrawn already if the way would hurt. */
export interface Step {
  readonly changes: readonly Change[];
  /** The packages that change, and those that these bring along; fetched. */
  readonly packages: readonly PackageChange[];
  readonly actions: Actions;
  readonly baseline: Baseline;
  readonly hold: Hold;
  /** Seconds after which BIRD goes back by itself, if all else fails. */
  readonly birdTimeout: number;
  /** Milliseconds that all has to stay well before the change is there to stay. */
  readonly soak: number;
}

/**
 * Swaps the files, has the services follow, probes the site until all is well, and watches whether it stays so.
 *
 * @throws AgentError when something did not follow, not all is well in time, or it does not stay so
 */
export async function goForward(
  host: Host,
  { changes, packages, actions, baseline, hold, birdTimeout, ...step }: Step,
): Promise<Seen> {
  const expected = (): Promise<Expected | undefined> =>
    expectedNow(host, (config) => excusedBy(baseline, config, changes));
  await transit(host, {
    actions,
    hold,
    swapFiles: async () => {
      await installPackages(host, packages);
      await swapFiles(host, changes);
      await checkInPlace(host, packages);
    },
    untilHealthy: async () => {
      const goal = await expected();
      if (goal !== undefined) wellOrThrow(await probeServices(goal, performance.now()));
    },
    birdTimeout,
  });
  host.log("probing");
  const goal = await expected();
  if (goal === undefined) return { problems: [], warnings: [] };
  const seen = wellOrThrow(await probe(goal, performance.now()));
  if (step.soak > 0) host.log(`soaking for ${step.soak / 1000} s`);
  const last = await soak(() => lookAgain(goal), step.soak);
  if (actions.bird === "reload") await confirmBird();
  const unheard = unheardSince(baseline, last);
  return { ...last, warnings: [...seen.warnings, ...unheard] };
}

async function swapFiles(host: Host, changes: readonly Change[]): Promise<void> {
  await putEntries(changes.map(({ path, after }) => [at(host, path), after]));
}

function wellOrThrow(seen: Seen): Seen {
  const wrong = seen.fatal === undefined ? seen.problems : [seen.fatal];
  if (wrong.length === 0) return seen;
  throw new AgentError(`not all is well after the change: ${wrong.join("; ")}`);
}

/** Other sites may run another version or be changed themselves: that they are silent is told, and is no failure. */
function unheardSince({ report }: Baseline, { observation }: Seen): string[] {
  const before = report?.fleet?.heard ?? 0;
  if (before === 0 || observation?.report.fleet?.heard !== 0) return [];
  return [`no other site is heard since the change, and ${before} were before: this site knows of no floor meanwhile`];
}
