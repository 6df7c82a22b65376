import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agentConfigSchema } from "../model/agent-config.ts";
import { manifestSchema } from "../model/manifest.ts";
import { PATHS, recoveredDropIn } from "../model/paths.ts";
import { networkSchema, type NetworkConfig } from "../model/schema.ts";
import { renderManifest, renderSecrets, type SiteRendering } from "./manifest.ts";
import { HOST, networks, SITE } from "./network-arbitrary.ts";

const PASSWORD = "a-very-secret-password";

const rendering = (network: NetworkConfig): SiteRendering => ({
  network,
  site: SITE,
  host: HOST,
  versions: { debian: "12", bird: "2.0.12", knot: "3.2.6", node: "18.20.4" },
  zones: { "example.net": "@ SOA ns hostmaster 1 2 3 4 5\n" },
  secretsVersion: "3f1c0a52-0000-4000-8000-000000000001",
});

describe("a manifest", () => {
  it("is one that the agent takes, with a configuration that the agent takes", () => {
    fc.assert(
      fc.property(networks, (network) => {
        const manifest = renderManifest(rendering(network));
        expect(manifestSchema.parse(JSON.parse(JSON.stringify(manifest)))).toEqual(manifest);
        agentConfigSchema.parse(JSON.parse(manifest.files[PATHS.agentConfig]?.content ?? ""));
      }),
    );
  });

  it("is the same to the byte whatever the order of prefixes, and lists its files in order", () => {
    fc.assert(
      fc.property(networks, (network) => {
        const manifest = renderManifest(rendering(network));
        const reversed = { ...network, prefixes: network.prefixes.toReversed() };
        expect(JSON.stringify(renderManifest(rendering(reversed)))).toBe(JSON.stringify(manifest));
        expect(Object.keys(manifest.files)).toEqual(Object.keys(manifest.files).toSorted());
      }),
    );
  });

  it("never holds a password", () => {
    fc.assert(
      fc.property(networks, (network) => {
        const passwords = Object.fromEntries(HOST.neighbors.map(({ address }) => [address, PASSWORD]));
        expect(JSON.stringify(renderSecrets(HOST, passwords))).toContain(PASSWORD);
        const manifest = renderManifest(rendering(network));
        expect(JSON.stringify(manifest)).not.toContain(PASSWORD);
        expect(manifest.files[PATHS.birdSecrets]).toBeUndefined();
      }),
    );
  });

  it("tells every reader of a file of ours whose it is", () => {
    const [network] = fc.sample(networks, 1);
    const { files } = renderManifest(rendering(network!));
    const ours = Object.entries(files).filter(([path]) => path !== PATHS.agentConfig && !path.startsWith(PATHS.zones));
    for (const [, { content }] of ours) {
      expect(content).toMatch(/^(#!.*\n)?# Made by pulumi-anycast for site fra\. The next apply overwrites it/);
      expect(content).toMatch(/[^\n]\n$/);
    }
  });

  it("has nothing of Knot when there is no DNS service", () => {
    const network = networkSchema.parse({
      asn: 64500,
      prefixes: ["203.0.113.0/24"],
      services: {
        web: { kind: "external", addresses: ["203.0.113.80"], ports: ["tcp/80"], checks: [{ kind: "http" }] },
      },
      sites: { [SITE]: { host: { provider: "lab", region: SITE } } },
      packages: { knot: "3.2.6-1", bird2: "2.0.12-7" },
    });
    const { files, packages } = renderManifest(rendering(network));
    expect(Object.keys(files).filter((path) => path.includes("knot"))).toEqual([]);
    expect(packages).toEqual({ bird2: "2.0.12-7" });
  });

  it("has BIRD's configuration in the grammar of the version that is pinned, not of the one that is installed", () => {
    const [network] = fc.sample(networks, 1);
    const bird = (packages: NetworkConfig["packages"], installed: string): string | undefined => {
      const versions = { ...rendering(network!).versions, bird: installed };
      const manifest = renderManifest({ ...rendering({ ...network!, packages }), versions });
      return manifest.files[PATHS.bird]?.content;
    };
    expect(bird({ bird2: "2.17.1-1" }, "2.0.12")).toBe(bird({}, "2.17.1"));
    expect(bird({}, "2.17.1")).not.toBe(bird({}, "2.0.12"));
  });

  it("starts no recovery: one that an apply pulled in would undo that apply", () => {
    const [network] = fc.sample(networks, 1);
    for (const { content } of Object.values(renderManifest(rendering(network!)).files)) {
      expect(content).not.toMatch(/^(Wants|Requires|BindsTo|Requisite|PartOf|Upholds)=.*anycast-undo/m);
    }
  });

  it("starts what announces and serves on a whole host only, with drop-ins that restart nothing", () => {
    for (const network of fc.sample(networks, 20)) {
      const { files } = renderManifest(rendering(network));
      const services = JSON.parse(files[PATHS.agentConfig]?.content ?? "{}") as {
        services: Record<string, { unit?: string | null }>;
      };
      const units = Object.values(services.services).flatMap(({ unit }) => unit ?? []);
      for (const unit of ["bird.service", "anycast-agent.service", ...units])
        expect(files[recoveredDropIn(unit)]?.content).toMatch(
          /^\[Unit\]\nAfter=anycast-undo\.service\nAssertPathExists=\/run\/anycast-recovered$/m,
        );
      expect(files[PATHS.agentUnit]?.content).not.toContain("Assert");
    }
  });

  it("tells a site that the network does not have and a zone that was not read", () => {
    const [network] = fc.sample(networks, 1);
    expect(() => renderManifest({ ...rendering(network!), site: "nyc" })).toThrow("the network has no site 'nyc'");
    expect(() => renderManifest({ ...rendering(network!), zones: {} })).toThrow("zone example.net has no content");
  });
});
