import { z } from "zod";
import type { Inventory, SiteInventory } from "../model/inventory.ts";
import { verificationSchema, type Drift } from "../model/verification.ts";
import { onHost, type Ended } from "./ssh.ts";

/** A site as it was verified: what differs there, or why nobody knows. */
export type VerifiedSite = { readonly site: string } & (
  { readonly drift: readonly Drift[] } | { readonly problem: string }
);

/** Has the agents of all sites at once compare their hosts with what was applied. */
export async function verifySites(inventory: Inventory, identity: string | undefined): Promise<VerifiedSite[]> {
  return Promise.all(
    Object.values(inventory.sites).map(async (site) =>
      verified(site, await onHost(site, identity, "anycast-agent verify --json")),
    ),
  );
}

/** What an agent's answer says of its site. */
export function verified(site: SiteInventory, { unreachable, stdout, stderr }: Ended): VerifiedSite {
  if (unreachable) return { site: site.name, problem: `SSH to ${site.management.address}: ${stderr}` };
  // With drift its exit status is 1, too: whether it could tell shows in what it printed.
  if (stdout === "") return { site: site.name, problem: stderr };
  const parsed = verificationSchema.safeParse(parseJson(stdout));
  if (!parsed.success)
    return { site: site.name, problem: `its agent answers as another version: ${z.prettifyError(parsed.error)}` };
  const { digest, drift } = parsed.data;
  const another: Drift = {
    about: "manifest",
    problem: `applied last was ${short(digest)}, and the inventory has ${short(site.manifestDigest)}: somebody else applied to the host, or the inventory is old`,
    line: null,
    diff: null,
  };
  return { site: site.name, drift: digest === site.manifestDigest ? drift : [another, ...drift] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a site is as it was applied. */
export function isAsApplied(site: VerifiedSite): boolean {
  return "drift" in site && site.drift.length === 0;
}

/** For people: a line for each thing that differs, as in `ams: /etc/bird/bird.conf:42 differs from what was applied`, with its diff. */
export function verifiedText(sites: readonly VerifiedSite[]): string {
  return sites
    .flatMap((each) => {
      if ("problem" in each) return [`${each.site}: could not be verified: ${each.problem}`];
      if (each.drift.length === 0) return [`${each.site}: as applied`];
      return each.drift.map(
        ({ about, line, problem, diff }) =>
          `${each.site}: ${about}${line === null ? "" : `:${line}`} ${problem}${diff === null ? "" : `\n${diff.replaceAll(/^/gm, "    ")}`}`,
      );
    })
    .join("\n");
}

function short(digest: string): string {
  return digest.slice(0, 12);
}
