import { isDeepStrictEqual } from "node:util";
import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Change } from "../agent/apply/changes.ts";
import { ABSENT, type Entry } from "../agent/apply/entry.ts";
import { packageChanges } from "../agent/apply/packages.ts";
import { forwardActions } from "../agent/apply/plan.ts";
import { UNITS } from "../agent/apply/units.ts";
import type { Manifest } from "../model/manifest.ts";
import { PATHS } from "../model/paths.ts";
import { handDrain } from "./hand-drain.ts";
import type { AppliedManifests } from "./deployed.ts";

/**
 * Why an apply of a manifest would drain and withdraw a site that runs another one, or null: the judgement of the agent's own apply, of what
 * both manifests tell. What somebody changed on the host by hand only the host knows, and which version it has of a package that is pinned
 * for the first time: that counts as another one.
 */
export function harmOf(before: Manifest, after: Manifest): string | null {
  const [was, is] = [entries(before), entries(after)];
  const changes = [...new Set([...was.keys(), ...is.keys()])].flatMap((path): Change[] => {
    const [from, to] = [was.get(path) ?? "", is.get(path) ?? ""];
    return from === to ? [] : [{ path, before: entry(from), after: entry(to) }];
  });
  const active = { active: true, enabled: true };
  return forwardActions({
    changes,
    packages: packageChanges(after.packages, new Map(Object.entries(before.packages))),
    ours: new Set(was.keys()),
    wanted: new Set(is.keys()),
    units: new Map(UNITS.filter(({ file }) => was.has(file)).map(({ name }) => [name, active])),
  }).hold;
}

/** The text of each file; that of the secrets is not known, but whether they are others. */
function entries({ files, secrets }: Manifest): Map<string, string> {
  const texts = Object.entries(files).map(([path, { content }]) => [path, content] as const);
  return new Map([...texts, ...(secrets === null ? [] : [[PATHS.birdSecrets, secrets] as const])]);
}

function entry(text: string): Entry {
  return text === "" ? ABSENT : { kind: "file", content: Buffer.from(text), mode: 0o644, uid: 0, gid: 0 };
}

/** A change of a site. */
export interface SiteChange {
  readonly site: string;
  /** The name of the site's `apply` resource. */
  readonly apply: string;
  /** What every site ran before. */
  readonly applied: Promise<AppliedManifests>;
  /** What the site is to run. */
  readonly manifest: pulumi.Output<Manifest>;
  /** How SSH reaches the site's host; secret. */
  readonly connection: pulumi.Output<command.types.input.remote.ConnectionArgs>;
}

/**
 * Says, for a preview, when a site is taken out for the time of its change, and why; and when it is out by hand. Of a site
 * that does not change nothing is said, and its host is not asked: a preview of what is there connects to nobody.
 *
 * @param drainOf what to say of a drain by hand
 * @returns the manifest once that is said: what waits for no resource is forgotten when the program ends
 */
export function tellHarm(change: SiteChange, resource: pulumi.Resource, drainOf = handDrain): pulumi.Output<Manifest> {
  const told = pulumi.all([change.manifest, change.connection]).apply(async ([after, connection]) => {
    const before = (await change.applied).get(change.apply);
    if (before === undefined || isDeepStrictEqual(before, after)) return after;
    const harm = harmOf(before, after);
    if (harm !== null)
      await pulumi.log.info(`${change.site} is drained and withdrawn while it changes: ${harm}`, resource);
    const drain = await drainOf(change.site, connection);
    if (drain !== undefined) await pulumi.log.info(drain, resource);
    return after;
  });
  // Secret is how the host is reached, and not what it is to be.
  return pulumi.unsecret(told);
}
