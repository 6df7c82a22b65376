import * as fc from "fast-check";
import { expect, test } from "vitest";
import { listedNeighbors, profileNeighbors } from "../../model/neighbors.ts";
import { ConfigError } from "../../model/config-error.ts";
import type { HostFacts } from "../../model/host.ts";
import type { Manifest } from "../../model/manifest.ts";
import { PATHS } from "../../model/paths.ts";
import { planNetwork } from "../../model/plan-network.ts";
import type { NetworkPlan, SitePlan } from "../../model/plan.ts";
import { renderManifest, renderSecrets } from "../../render/manifest.ts";
import { siteTree } from "../golden/tree.ts";
import { writtenNetworks } from "./networks.ts";

const ZONE = `$ORIGIN example.net.
@ 3600 IN SOA ns hostmaster 1 7200 3600 1209600 3600
@ 3600 IN NS ns
ns 3600 IN A 192.0.2.1
`;

/** What a cloud would tell of a site's host. */
function factsOf({ config }: NetworkPlan, { host, profile }: SitePlan): HostFacts {
  const sources = { 4: "192.0.2.66", 6: "2001:db8:1::66" } as const;
  const families = new Set(config.prefixes.map(({ family }) => family));
  return {
    ipv4: sources[4],
    ipv6: sources[6],
    neighbors: [
      ...profileNeighbors(profile, sources, families),
      ...(host.provider === "existing" ? listedNeighbors(host.neighbors, sources, families) : []),
    ],
    profile,
    managementFrom: (config.management.from ?? []).map(({ cidr }) => cidr),
  };
}

/** The files of the first two sites of a plan, with the passwords of their sessions. */
function filesOf(plan: NetworkPlan): Manifest["files"][] {
  const versions = { debian: "12", bird: "2.0.12", knot: "3.2.6", node: "18.20.4" };
  return plan.sites.slice(0, 2).map((site) => {
    const host = factsOf(plan, site);
    const { files } = renderManifest({
      network: plan.config,
      site: site.name,
      host,
      versions,
      zones: { "example.net": ZONE },
      secretsVersion: null,
    });
    const passwords = Object.fromEntries(host.neighbors.map(({ address }) => [address, "abcdefgh12345678"]));
    return { ...files, ...renderSecrets(host, passwords).files };
  });
}

/** The daemons' own checkers, one after the other; the first that refuses ends it. */
const JUDGE = `
bird -p -c ${PATHS.bird}
nft -c -f ${PATHS.firewall}
if [ -e ${PATHS.zones}/example.net.zone ]; then knotc conf-check >/dev/null; kzonecheck -o example.net ${PATHS.zones}/example.net.zone; fi
`;

test("whatever is planned is taken by the real BIRD, nftables and Knot", async () => {
  let judged = 0;
  await fc.assert(
    fc.asyncProperty(writtenNetworks, async (input) => {
      let plan: NetworkPlan;
      try {
        plan = planNetwork(input);
      } catch (error) {
        if (error instanceof ConfigError) return;
        throw error;
      }
      for (const files of filesOf(plan)) {
        const tree = await siteTree(files);
        try {
          const { exitCode, all } = await tree.start(["sh", "-ec", JUDGE]);
          expect({ exitCode, all: exitCode === 0 ? "" : all }).toEqual({ exitCode: 0, all: "" });
          judged += 1;
        } finally {
          await tree.remove();
        }
      }
    }),
    { numRuns: 150, endOnFailure: true },
  );
  expect(judged).toBeGreaterThan(20);
}, 300_000);
