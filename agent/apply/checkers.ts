import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { agentConfigSchema } from "../../model/agent-config.ts";
import { moment } from "../../model/moment.ts";
import { PATHS } from "../../model/paths.ts";
import { parseJson } from "../config.ts";
import { AgentError, hasCode } from "../error.ts";
import { said, type Finished } from "../exec.ts";
import { textOf, type Change } from "./changes.ts";
import { at, STATE, type Host } from "./host.ts";
import { runsFrom, type PackageChange } from "./packages.ts";
import { isZone } from "./plan.ts";
import { staged } from "./stage.ts";
import type { Part } from "./units.ts";
import { expiredSince } from "./zone-signatures.ts";

/**
 * Has each changed file checked by the host's own programs, as it is staged. Nothing that runs is touched. The configuration of a
 * program that is to have another version is left to {@link checkInPlace}.
 *
 * @returns what a checker warned of
 * @throws AgentError with the checker's own words, and the file and line where it named them
 */
export async function checkStaged(
  host: Host,
  changes: readonly Change[],
  packages: readonly PackageChange[],
): Promise<string[]> {
  const changed = new Map(changes.filter(({ after }) => after.kind === "file").map(({ path, after }) => [path, after]));
  const has = (...paths: readonly string[]): boolean => paths.some((path) => changed.has(path));
  const stays = (part: Part): boolean => !runsFrom(part, packages);
  const zones = [...changed.keys()].filter(isZone);
  for (const path of zones) refuseExpired(path, textOf(changed.get(path)));
  const warnings = zones.length > 0 ? await checkZones(host, zones) : [];
  if (stays("bird") && has(PATHS.bird, PATHS.birdSecrets)) await checkBird(host, staged(host, PATHS.bird));
  if (stays("knot") && has(PATHS.knot)) await checkKnot(host, staged(host, PATHS.knot));
  if (has(PATHS.firewall)) await check(host, PATHS.firewall, ["nft", "-c", "-f", staged(host, PATHS.firewall)]);
  if (has(PATHS.addresses)) checkAddresses(textOf(changed.get(PATHS.addresses)));
  if (has(PATHS.agentConfig)) parseJson(agentConfigSchema, textOf(changed.get(PATHS.agentConfig)), PATHS.agentConfig);
  for (const path of [PATHS.networkUnit, PATHS.agentUnit]) {
    if (has(path)) await checkUnit(host, path);
  }
  return warnings;
}

/**
 * Has other versions of the programs check the files as they stand, before they are started.
 *
 * @throws AgentError with the checker's own words
 */
export async function checkInPlace(host: Host, packages: readonly PackageChange[]): Promise<void> {
  if (runsFrom("bird", packages)) await checkBird(host, at(host, PATHS.bird));
  if (runsFrom("knot", packages)) await checkKnot(host, at(host, PATHS.knot));
  if (runsFrom("agent", packages)) await check(host, PATHS.agent, ["node", at(host, PATHS.agent), "check"]);
}

function checkBird(host: Host, file: string): Promise<void> {
  return check(host, PATHS.bird, ["bird", "-p", "-c", file]);
}

function checkKnot(host: Host, file: string): Promise<void> {
  return check(host, PATHS.knot, ["knotc", "-c", file, "conf-check"]);
}

async function check(host: Host, path: string, argv: readonly string[]): Promise<void> {
  const finished = await start(host, path, argv);
  if (finished.status !== 0) throw rejected(host, path, argv, finished);
}

/** What Knot (3.2 to 3.4) warns of although every resolver that validates would refuse the zone. */
const BOGUS = /no valid signature|expired signature/;

/**
 * Has Knot load the zones as they are staged, with a configuration for this alone: `kzonecheck` is in a package of its own and
 * says less. What Knot only warns of does not hinder it from serving the zone; but signatures that are not valid hinder resolvers.
 */
async function checkZones(host: Host, paths: readonly string[]): Promise<string[]> {
  const conf = at(host, `${STATE.staged}/zone-check.conf`);
  const zones = paths.map((path) => basename(path, ".zone"));
  await writeFile(conf, zoneCheckConf(staged(host, PATHS.zones), zones));
  const finished = await start(host, PATHS.zones, ["knotc", "-c", conf, "zone-check"]);
  const lines = plain(host, finished.stderr)
    .split("\n")
    .filter((line) => line !== "");
  const bogus = lines.find((line) => BOGUS.test(line));
  if (bogus !== undefined)
    throw new AgentError(`refused, as its signatures are not valid or have expired: ${bogus}. Sign the zone anew`);
  if (finished.status === 0) return lines;
  // Knot sums up what it has told before in lines that begin with 'failed'.
  const errors = lines.filter((line) => line.startsWith("error:") && !/\bfailed to (load|check) zone\b/.test(line));
  throw new AgentError(`refused by Knot: ${(errors.length > 0 ? errors : lines).join("; ")}`);
}

/** @throws AgentError when the zone's signatures have expired: every resolver that validates would refuse it */
function refuseExpired(path: string, zone: string): void {
  const since = expiredSince(zone, Date.now());
  if (since !== undefined)
    throw new AgentError(`refused: the signatures of ${path} expired at ${moment(since)}. Sign the zone anew`);
}

function zoneCheckConf(folder: string, zones: readonly string[]): string {
  return [
    "template:",
    "  - id: default",
    `    storage: "${folder}"`,
    '    file: "%s.zone"',
    "    semantic-checks: on",
    "zone:",
    ...zones.map((zone) => `  - domain: "${zone}"`),
    "",
  ].join("\n");
}

/** `systemd-analyze` fails on what systemd would refuse, and only complains of what it would ignore: both are mistakes. */
async function checkUnit(host: Host, path: string): Promise<void> {
  const argv = ["systemd-analyze", "verify", staged(host, path)];
  const finished = await start(host, path, argv);
  const complains = finished.stderr.includes(staged(host, path));
  if (finished.status !== 0 || complains) throw rejected(host, path, argv, finished);
}

/** `ip` has no dry run: what is let through is what the renderer has to say. */
function checkAddresses(batch: string): void {
  for (const [index, line] of batch.split("\n").entries()) {
    if (!/^(#.*|\s*|(addr|address|link|route) [\w./: -]+)$/.test(line)) {
      throw new AgentError(`${PATHS.addresses}:${index + 1}: '${line}' is no command for addresses, links or routes`);
    }
  }
}

async function start(host: Host, path: string, argv: readonly string[]): Promise<Finished> {
  try {
    return await host.run(argv);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    throw new AgentError(`${path} cannot be checked: the host has no ${argv[0]}; install its package`);
  }
}

function rejected(host: Host, path: string, argv: readonly string[], finished: Finished): AgentError {
  // BIRD warns of limits of the shell that it is checked from, which are not those that it runs with.
  const stderr = finished.stderr.replaceAll(/^Warning: using insecure memory!$/gm, "");
  return new AgentError(`${path} is refused by ${argv[0]}: ${plain(host, said({ ...finished, stderr }))}`);
}

/** A message about a staged file, as about the file that it is to be. */
function plain(host: Host, words: string): string {
  return words.replaceAll(at(host, STATE.staged), "");
}
