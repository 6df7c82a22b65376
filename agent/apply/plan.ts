import { basename, dirname } from "node:path";
import { agentConfigSchema, type AgentConfig } from "../../model/agent-config.ts";
import { eventsDropIn, guardOf, PATHS } from "../../model/paths.ts";
import type { Actions, Operation } from "./actions.ts";
import { reversed, textOf, type Change } from "./changes.ts";
import { bouncedSessions, movedMarkers } from "./harm.ts";
import { knotNeedsRestart } from "./knot-conf.ts";
import { addressesOf, tablesOf } from "./network-files.ts";
import { runsFrom, type PackageChange } from "./packages.ts";
import { UNITS, type Part, type UnitState } from "./units.ts";

/** What an apply starts from and aims at. */
export interface Situation {
  readonly changes: readonly Change[];
  /** The packages that are to have another version. */
  readonly packages: readonly PackageChange[];
  /** The paths that were ours before. */
  readonly ours: ReadonlySet<string>;
  /** The paths that are ours afterwards. */
  readonly wanted: ReadonlySet<string>;
  /** The states of the units before. */
  readonly units: ReadonlyMap<string, UnitState>;
}

type Operations = Readonly<Record<Part, Operation>>;

/** What the agent looks at BIRD by: its sockets are part of its unit. */
const BIRD_READER = [PATHS.birdReaderSocket, PATHS.birdReaderUnit, PATHS.birdCheckerSocket, PATHS.birdCheckerUnit];

const UNKNOWN: UnitState = { active: false, enabled: false };

/** What is to be done to the services for a change of files to take effect, as little as possible. */
export function forwardActions(situation: Situation): Actions {
  const { changes, packages, ours, wanted, units } = situation;
  const needed = neededBy(changes, packages);
  const operations = eachPart((part, file, state) => {
    if (wanted.has(file)) return state.active ? needed[part] : "start";
    return ours.has(file) && state.active ? "stop" : "keep";
  }, units);
  const enabled = (name: string): boolean => (units.get(name) ?? UNKNOWN).enabled;
  return {
    ...common(changes, packages, operations),
    enable: UNITS.filter(({ file, name }) => wanted.has(file) && !enabled(name)).map(({ name }) => name),
    disable: UNITS.filter(({ file, name }) => !wanted.has(file) && ours.has(file) && enabled(name)).map(
      ({ name }) => name,
    ),
  };
}

/** Whether nothing is to be done to any service. */
export function isIdle(actions: Actions): boolean {
  const { network, knot, bird, agent, zones, enable, disable, daemonReload } = actions;
  const kept = [network, knot, bird, agent].every((operation) => operation === "keep");
  return kept && !daemonReload && [zones, enable, disable].every((list) => list.length === 0);
}

/** What brings the services back to what they did before {@link forwardActions}, however many of those were carried out. */
export function undoActions(situation: Situation): Actions {
  const { units } = situation;
  const changes = reversed(situation.changes);
  const forward = forwardActions(situation);
  const needed = neededBy(changes, situation.packages);
  const operations = eachPart((part, _, state) => {
    if (forward[part] === "keep") return "keep";
    if (!state.active) return "stop";
    return forward[part] === "stop" ? "start" : needed[part];
  }, units);
  return { ...common(changes, situation.packages, operations), enable: forward.disable, disable: forward.enable };
}

function common(
  changes: readonly Change[],
  packages: readonly PackageChange[],
  operations: Operations,
): Omit<Actions, "enable" | "disable"> {
  const remove = removals(changes);
  return {
    ...operations,
    hold: harm(changes, operations, remove),
    daemonReload: packages.length > 0 || changes.some(({ path }) => path.startsWith("/etc/systemd/system/")),
    zones: operations.knot === "keep" ? changedZones(changes) : [],
    guards: guards(changes),
    remove,
  };
}

/** A service's unit has a guard while it has the drop-in that tells of its events. */
function guards(changes: readonly Change[]): Actions["guards"] {
  const [, folder = "", file = ""] = /^(.*)UNIT(.*)$/.exec(eventsDropIn("UNIT")) ?? [];
  const ofDropIns = changes.filter(({ path }) => path.startsWith(folder) && path.endsWith(file));
  const names = (gone: boolean): string[] =>
    ofDropIns
      .filter(({ after }) => (after.kind === "absent") === gone)
      .map(({ path }) => guardOf(path.slice(folder.length, -file.length)));
  return { start: names(false), stop: names(true) };
}

function neededBy(changes: readonly Change[], packages: readonly PackageChange[]): Operations {
  const { network, ...daemons } = neededByFiles(changes);
  const of = (part: keyof typeof daemons): Operation => (runsFrom(part, packages) ? "restart" : daemons[part]);
  return { network, knot: of("knot"), bird: of("bird"), agent: of("agent") };
}

function neededByFiles(changes: readonly Change[]): Operations {
  const changed = (...paths: readonly string[]): boolean => changes.some(({ path }) => paths.includes(path));
  const config = agentConfigs(changes);
  const otherInterface = config.before !== undefined && config.before.interface !== config.after?.interface;
  return {
    network: changed(PATHS.addresses, PATHS.firewall, PATHS.sysctl, PATHS.networkUnit) ? "reload" : "keep",
    knot: knotOperation(changes),
    bird: serviceChanged(changes, PATHS.birdDropIn)
      ? "restart"
      : changed(PATHS.bird, PATHS.birdSecrets)
        ? "reload"
        : "keep",
    agent:
      changed(PATHS.agent, PATHS.agentUnit, ...BIRD_READER) || otherInterface
        ? "restart"
        : changed(PATHS.agentConfig)
          ? "reload"
          : "keep",
  };
}

function knotOperation(changes: readonly Change[]): Operation {
  const conf = changes.find(({ path }) => path === PATHS.knot);
  if (serviceChanged(changes, PATHS.knotDropIn)) return "restart";
  if (conf === undefined) return "keep";
  return knotNeedsRestart(textOf(conf.before), textOf(conf.after)) ? "restart" : "reload";
}

/** Whether a running unit does not have what its drop-in says: what stands before `[Service]` needs no restart. */
function serviceChanged(changes: readonly Change[], path: string): boolean {
  const { before, after } = texts(changes, path);
  return servicePart(before) !== servicePart(after);
}

function servicePart(dropIn: string): string {
  return dropIn.split(/^\[Service\]$/m)[1] ?? "";
}

function changedZones(changes: readonly Change[]): string[] {
  return changes.filter(({ path }) => isZone(path)).map(({ path }) => basename(path, ".zone"));
}

/** Whether a path is that of a zone file. */
export function isZone(path: string): boolean {
  return dirname(path) === PATHS.zones && path.endsWith(".zone");
}

function removals(changes: readonly Change[]): Actions["remove"] {
  const lost = (path: string, parse: (text: string) => string[]): string[] => {
    const { before, after } = texts(changes, path);
    const kept = parse(after);
    return parse(before).filter((each) => !kept.includes(each));
  };
  return {
    addresses: lost(PATHS.addresses, addressesOf),
    tables: lost(PATHS.firewall, tablesOf),
    markers: changes.some(({ path, after }) => path === PATHS.networkUnit && after.kind === "absent"),
  };
}

/** The reason to drain and withdraw everything for the time of a change, or null. */
function harm(changes: readonly Change[], { knot, bird }: Operations, { addresses }: Actions["remove"]): string | null {
  const conf = texts(changes, PATHS.bird);
  const config = agentConfigs(changes);
  const bounced = bouncedSessions(conf.before, conf.after);
  const newPasswords = texts(changes, PATHS.birdSecrets).before !== "";
  const moved = config.before && config.after ? movedMarkers(config.before, config.after) : [];
  const reasons = [
    ...(knot === "restart" || knot === "stop" ? [`Knot ${knot}s`] : []),
    ...(bird === "restart" || bird === "stop" ? [`BIRD ${bird}s`] : []),
    ...(addresses.length > 0 ? [`${addresses.join(", ")} removed`] : []),
    ...(bounced.length > 0 ? [`sessions restart: ${bounced.join(", ")}`] : []),
    ...(newPasswords ? ["sessions restart: their passwords change"] : []),
    ...(moved.length > 0 ? [`markers move: ${moved.join(", ")}`] : []),
  ];
  return reasons.length === 0 ? null : reasons.join("; ");
}

function texts(changes: readonly Change[], path: string): { before: string; after: string } {
  const change = changes.find((each) => each.path === path);
  return { before: textOf(change?.before), after: textOf(change?.after) };
}

/** The agent's configurations, when they change; undefined where there is none that can be read. */
function agentConfigs(changes: readonly Change[]): Record<"before" | "after", AgentConfig | undefined> {
  const { before, after } = texts(changes, PATHS.agentConfig);
  return { before: readableConfig(before), after: readableConfig(after) };
}

/** The agent's configuration in a text; undefined when it is none. */
export function readableConfig(text: string): AgentConfig | undefined {
  try {
    return agentConfigSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function eachPart(
  operationOf: (part: Part, file: string, state: UnitState) => Operation,
  units: ReadonlyMap<string, UnitState>,
): Operations {
  const of = (part: Part): Operation => {
    const unit = UNITS.find((each) => each.part === part);
    return unit === undefined ? "keep" : operationOf(part, unit.file, units.get(unit.name) ?? UNKNOWN);
  };
  return { network: of("network"), knot: of("knot"), bird: of("bird"), agent: of("agent") };
}
