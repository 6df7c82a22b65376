import { basename } from "node:path";
import { PATHS } from "../../model/paths.ts";
import type { Drift, Verification } from "../../model/verification.ts";
import type { Manifest } from "../../model/manifest.ts";
import { readApplied } from "../apply/applied.ts";
import { installedVersions } from "../apply/dpkg.ts";
import { changesTo, textOf } from "../apply/changes.ts";
import { readCurrent } from "../apply/current.ts";
import { readEntry } from "../apply/entry.ts";
import { at, STATE, type Host } from "../apply/host.ts";
import { packageChanges } from "../apply/packages.ts";
import { isArmed } from "../apply/recovery.ts";
import { wantedEntries } from "../apply/wanted.ts";
import { AgentError } from "../error.ts";
import { daemonDrift } from "./daemons.ts";
import { fileDrift } from "./files.ts";
import { kernelDrift, plain, unitDrift } from "./units.ts";

/**
 * Compares the host with what was applied to it last: every file, and what runs by them. Changes nothing.
 *
 * @throws AgentError when nothing was ever applied, or systemd does not answer
 */
export async function verifyHost(host: Host): Promise<Verification> {
  const current = await readCurrent(host);
  if (current === undefined) throw new AgentError("nothing was applied to this host yet");
  const { site, digest } = current;
  if ((await readEntry(at(host, STATE.journal))).kind !== "absent")
    return { site, digest, drift: [plain("apply", "was cut off and is half-done: run 'anycast-agent recover' there")] };
  const applied = await readApplied(host);
  if (applied?.digest !== digest)
    return { site, digest, drift: [plain("apply", "is not remembered, so that nothing can be compared: apply again")] };
  const { manifest, bundle } = applied;
  const wanted = await wantedEntries(host, manifest, bundle);
  const changes = await changesTo(host, wanted, current.paths);
  const texts = new Map([...wanted].map(([path, entry]) => [path, textOf(entry)]));
  // What is in no manifest came with the secrets; the link to the bundle has no content to show.
  const isSecret = (path: string): boolean => path !== PATHS.agent && manifest.files[path] === undefined;
  return {
    site,
    digest,
    drift: [
      ...(await Promise.all(changes.map((change) => fileDrift(host.run, change, isSecret(change.path))))),
      ...(await packageDrift(host, manifest)),
      ...(await unitDrift(host, texts)),
      ...((await isArmed(host))
        ? []
        : [plain(basename(PATHS.undoUnit), "would not undo an apply at boot: apply again")]),
      ...(await kernelDrift(host, texts)),
      ...(await daemonDrift(host, texts, bundle)),
    ],
  };
}

/** Packages that have another version than was applied. */
async function packageDrift(host: Host, { packages }: Manifest): Promise<Drift[]> {
  const changes = packageChanges(packages, await installedVersions(host, Object.keys(packages)));
  return changes.map(({ name, before, after }) =>
    plain(`package ${name}`, `${before === undefined ? "is not installed" : `is ${before}`}; applied was ${after}`),
  );
}

/** As lines for people. */
export function verificationText({ site, digest, drift }: Verification): string {
  if (drift.length === 0) return `${site}: as applied (${digest.slice(0, 12)})`;
  return drift.map((each) => driftText(site, each)).join("\n");
}

function driftText(site: string, { about, line, problem, diff }: Drift): string {
  const shown = diff === null ? "" : `\n${diff.replaceAll(/^/gm, "    ")}`;
  return `${site}: ${about}${line === null ? "" : `:${line}`} ${problem}${shown}`;
}
