import type { Inventory, SiteInventory } from "../model/inventory.ts";
import { verificationSchema, type Drift, type Verification } from "../model/verification.ts";
import { askAgent, type Answer } from "./answer.ts";

/** A site as it was verified: what differs there, or why nobody knows. */
export type VerifiedSite = { readonly site: string } & (
  { readonly drift: readonly Drift[] } | { readonly problem: string }
);

/** Has the agents of all sites at once compare their hosts with what was applied. */
export async function verifySites(inventory: Inventory, identity: string | undefined): Promise<VerifiedSite[]> {
  return Promise.all(
    Object.values(inventory.sites).map(async (site) =>
      verified(site, await askAgent(site, identity, "verify --json", verificationSchema)),
    ),
  );
}

/** What an agent's answer says of its site. */
export function verified(site: SiteInventory, answer: Answer<Verification>): VerifiedSite {
  if ("problem" in answer) return { site: site.name, problem: answer.problem };
  const { digest, drift } = answer.value;
  const another: Drift = {
    about: "manifest",
    problem: `applied last was ${short(digest)}, and the inventory has ${short(site.manifestDigest)}: somebody else applied to the host, or the inventory is old`,
    line: null,
    diff: null,
  };
  return { site: site.name, drift: digest === site.manifestDigest ? drift : [another, ...drift] };
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
