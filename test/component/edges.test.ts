import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AnycastNetwork } from "../../components/anycast-network.ts";
import type { NetworkInput } from "../../model/schema.ts";

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "anycast-component-"));
  mkdirSync(join(folder, "ssh"));
  writeFileSync(join(folder, "ssh/id_ed25519"), "PRIVATE KEY");
  writeFileSync(join(folder, "account.json"), JSON.stringify({ bgpPassword: "s3cretBgpPasswrd" }));
  process.env["ANYCAST_LAB_DIR"] = folder;
  // A preview: no host answers, and nothing has to.
  const mocks = { call: () => ({}), newResource: ({ name }: { name: string }) => ({ id: name, state: {} }) };
  await pulumi.runtime.setMocks(mocks, "anycast", "test", true);
});

afterAll(async () => {
  await pulumi.runtime.disconnect();
  delete process.env["ANYCAST_LAB_DIR"];
  rmSync(folder, { recursive: true, force: true });
});

function network(sites: number): NetworkInput {
  const names = Array.from({ length: sites }, (_, index) => `s${index}`);
  return {
    asn: 64500,
    prefixes: ["203.0.113.0/24"],
    services: {
      dns: { kind: "dns", addresses: ["203.0.113.53"], zones: { "example.net": "stacks/zones/example.net.zone" } },
    },
    sites: Object.fromEntries(names.map((name) => [name, { host: { provider: "lab", region: "fra" } } as const])),
    rollout: { waves: ["25%", "50%", "100%"] },
  };
}

/** How many resources are waited for by others, in a whole network. */
function edges(sites: number): number {
  let count = 0;
  const counts: pulumi.ResourceTransformation = ({ opts }) => {
    const { dependsOn } = opts as { dependsOn?: unknown };
    if (Array.isArray(dependsOn)) count += dependsOn.length;
    return undefined;
  };
  void new AnycastNetwork(`of-${sites}`, { network: network(sites) }, { transformations: [counts] });
  return count;
}

test("what waits for what grows with the number of sites, not with its square", () => {
  const [four, eight, sixteen] = [edges(4), edges(8), edges(16)];
  expect(four).toBeGreaterThan(0);
  expect(sixteen - eight).toBe(2 * (eight - four));
});
