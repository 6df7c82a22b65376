import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  AnycastNetwork,
  AnycastSite,
  introduceSites,
  NetworkContext,
  type AdaptedHost,
  type AnycastNetworkArgs,
  type HostAdapter,
  type SiteElsewhere,
} from "../../components/index.ts";
import { manifestSchema } from "../../model/manifest.ts";
import { peersSchema } from "../../model/peers.ts";
import type { NetworkInput } from "../../model/schema.ts";
import { sshKey } from "../ssh-key.ts";

interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

const HOST_KEY = "ssh-ed25519 AAAAC3Nz";
const PASSWORD = "s3cretBgpPasswrd";
let registered: Registered[] = [];

const VERSIONS = { debian: "12.5", bird: "2.0.12", knot: null, node: "18.20.4" };

function stdoutOf({ name, inputs }: Registered): string {
  if (name.endsWith("-install")) return JSON.stringify(VERSIONS);
  if (name.endsWith("-secrets")) return "00000000-0000-4000-8000-000000000000";
  if (!name.endsWith("-apply")) return "";
  const { site } = manifestSchema.parse(JSON.parse(String(inputs["stdin"])));
  const versions = { ...VERSIONS, agent: "0" };
  return JSON.stringify({ site, digest: "d".repeat(64), changed: [], versions, prefixes: {}, warnings: [] });
}

const mocks: pulumi.runtime.Mocks = {
  call: () => ({}),
  newResource: (resource) => {
    registered.push(resource);
    return { id: `id-of-${resource.name}`, state: { ...resource.inputs, stdout: stdoutOf(resource), stderr: "" } };
  },
};

beforeEach(async () => {
  registered = [];
  await pulumi.runtime.setMocks(mocks, "somebody-elses", "test", false);
});

// The inventory does not wait for all that was declared: the next test would hear the rest.
afterEach(() => pulumi.runtime.disconnect());

const CUSTOM: NetworkInput["sites"][string]["host"] = {
  provider: "custom",
  neighbors: [{ address: "192.0.2.1", asn: 64510 }],
  location: { latitude: 1, longitude: 1 },
};

function network(overrides: Partial<NetworkInput> = {}): NetworkInput {
  return {
    asn: 396982,
    prefixes: ["192.5.5.0/24"],
    services: {
      web: { kind: "external", addresses: ["192.5.5.1"], ports: ["tcp/443"], checks: [{ kind: "tcp", port: 443 }] },
    },
    sites: {
      ams: { host: CUSTOM },
      sea: {
        host: {
          provider: "existing",
          address: "192.0.2.8",
          hostKey: HOST_KEY,
          neighbors: [{ address: "192.0.2.9", asn: 64510 }],
          location: { latitude: 47, longitude: -122 },
        },
      },
    },
    ...overrides,
  };
}

/** An adapter of somebody's own: its host is a resource of another kind than ours. */
function adapter(told: Partial<AdaptedHost> = {}): HostAdapter {
  return (name, _args, opts) => ({
    resource: new command.local.Command(`${name}-vm`, { create: "order" }, opts),
    address: "192.0.2.7",
    hostKey: HOST_KEY,
    ...told,
  });
}

async function deploy(told: Partial<AdaptedHost> = {}, args: Partial<AnycastNetworkArgs> = {}): Promise<void> {
  const given = { network: network(), hosts: { ams: adapter(told) }, sshPrivateKey: sshKey().private, ...args };
  const { inventory } = new AnycastNetwork("edge", given);
  await new Promise((done) => inventory.apply(done));
}

function find(name: string): Registered {
  const resource = registered.find((candidate) => candidate.name === name);
  if (resource === undefined) throw new Error(`no resource ${name}`);
  return resource;
}

function manifestOf(site: string): string {
  return String(find(`edge-${site}-apply`).inputs["stdin"]);
}

test("a host of the program's own becomes a site: its resource is waited for, SSH goes to where it says, as whom it says", async () => {
  const managed = network({ management: { from: ["192.0.2.0/24"] } });
  await deploy({ user: "debian", port: 2222, ipv4: "192.0.2.77" }, { network: managed });
  expect(find("edge-ams-apply").inputs["create"]).toMatch(/^sudo -n sh \/usr\/local\/lib\/anycast\/job .* apply$/);
  expect(find("edge-ams-apply").inputs["triggers"]).toEqual(["id-of-edge-ams-retire", "id-of-edge-ams-vm"]);
  expect(JSON.stringify(find("edge-ams-apply").inputs["connection"])).toContain('"port":2222');
  const { files } = manifestSchema.parse(JSON.parse(manifestOf("ams")));
  expect(files["/etc/bird/bird.conf"]?.content).toContain("router id 192.0.2.77;");
  expect(files["/etc/bird/bird.conf"]?.content).toContain("neighbor 192.0.2.1 as 64510");
  // The firewall that we write must not lock us out.
  expect(Object.values(files).some(({ content }) => content.includes("tcp dport 2222 goto ssh"))).toBe(true);
});

test("what the adapter learns of its neighbors goes before the configuration, with the password that the provider tells", async () => {
  await deploy({
    neighbors: pulumi.output([{ address: "192.0.2.66", asn: 64511, password: true }]),
    bgpPassword: PASSWORD,
  });
  const { files, secrets } = manifestSchema.parse(JSON.parse(manifestOf("ams")));
  expect(files["/etc/bird/bird.conf"]?.content).toContain("neighbor 192.0.2.66 as 64511");
  expect(secrets).not.toBeNull();
  const holders = registered.filter(({ inputs }) => JSON.stringify(inputs).includes(PASSWORD)).map(({ name }) => name);
  expect(holders).toEqual(["edge-ams-secrets"]);
});

test.each<[mistake: string, args: Partial<AnycastNetworkArgs>, message: string]>([
  [
    "no adapter for a site that needs one",
    { hosts: {} },
    "anycast:network.sites.ams.host: has the provider 'custom', and the program gives no adapter for it: hosts: { ams: … }",
  ],
  [
    "an adapter for a site of another provider",
    { hosts: { ams: adapter(), sea: adapter() } },
    "anycast:network.sites.sea.host: has an adapter in `hosts`, and not the provider 'custom'",
  ],
  [
    "an adapter for no site",
    { hosts: { ams: adapter(), amd: adapter() } },
    "anycast:network.sites.amd.host: is in `hosts` of the program, and no site of the network (ams, sea)",
  ],
])("%s is one message, and nothing is declared", async (_mistake, args, message) => {
  await expect(deploy({}, args)).rejects.toThrow(message);
  expect(registered.filter(({ type }) => !type.startsWith("anycast:"))).toEqual([]);
});

test("a site alone, in a program of somebody else: no other site is touched, and those elsewhere are its peers", async () => {
  const context = new NetworkContext("edge", {
    network: network(),
    hosts: { ams: adapter() },
    sshPrivateKey: sshKey().private,
  });
  const ams = new AnycastSite("edge-ams", { context, site: "ams" });
  const sites = new Map<string, AnycastSite | SiteElsewhere>([["ams", ams]]);
  introduceSites(sites.set("sea", { addresses: ["192.0.2.8"] }), context.heartbeatKeys);
  const inventory = await new Promise((done) => ams.inventory.apply(done));
  await pulumi.runtime.disconnect();
  expect(inventory).toMatchObject({ name: "ams", provider: "custom", addresses: { ipv4: "192.0.2.7" } });
  expect(registered.filter(({ name }) => name.startsWith("edge-") && !name.startsWith("edge-ams"))).toEqual([]);
  const stdin = find("edge-ams-peers").inputs["stdin"] as { value: string };
  expect(peersSchema.parse(JSON.parse(stdin.value)).peers).toEqual([
    { site: "sea", addresses: ["192.0.2.8"], port: 61453 },
  ]);
});

test("a site that the network does not have is named, with those that it has", () => {
  const context = new NetworkContext("edge", { network: network(), hosts: { ams: adapter() } });
  expect(() => new AnycastSite("edge-amd", { context, site: "amd" })).toThrow(
    "The network has no site 'amd' (ams, sea)",
  );
});
