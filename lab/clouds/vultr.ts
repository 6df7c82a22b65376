import { randomBytes } from "node:crypto";
import type { LabProfile } from "../state.ts";
import type { Cloud, CloudResource, Made, Operation } from "./cloud.ts";
import { finishMachine, makeMachine } from "./machines.ts";
import { unfinishedBy } from "./provider.ts";
import type { Properties } from "./store.ts";
import { VULTR_METAL_PLANS, VULTR_METROS, VULTR_OS, VULTR_PLANS, VULTR_REGIONS } from "./vultr/catalog.ts";

const SSH_KEY = "vultr:index/sSHKey:SSHKey";
const FIREWALL_GROUP = "vultr:index/firewallGroup:FirewallGroup";

/** The longest user data that the API takes, in bytes before its base64. */
const USER_DATA_LIMIT = 48 * 1024;

/** Another operating system than any that is asked for: what a server has that somebody reinstalled by hand. */
export const REINSTALLED = { osId: 2284, os: "Ubuntu 24.04 LTS x64" } as const;

/** Both kinds of server: what differs is in the arguments. */
function server(noun: string, profile: LabProfile, plans: readonly { id: string }[], own: OwnInputs): CloudResource {
  return {
    noun,
    forceNew: own.forceNew,
    places: ({ region, hostname }) => [region, hostname],
    create: async (inputs, operation, id) => {
      const { region, plan, osId, hostname, label, enableIpv6, userData, sshKeyIds } = inputs;
      const metro = VULTR_METROS.get(String(region));
      if (metro === undefined) throw refused("Invalid region chosen.");
      if (!plans.some((each) => each.id === plan)) throw refused("Invalid plan chosen.");
      const os = VULTR_OS.find((each) => each.id === osId);
      if (os === undefined) throw refused("Invalid OS chosen.");
      if (typeof userData === "string" && Buffer.byteLength(userData) > USER_DATA_LIMIT)
        throw refused("User data is too long.");
      const name = typeof hostname === "string" && hostname !== "" ? hostname : "vultr-guest";
      const made = await makeMachine(operation.lab, {
        instanceId: id,
        hostname: name,
        metro,
        profile,
        bgpSource: "management",
        userData: typeof userData === "string" ? userData : undefined,
        rootKeys: keysOf(operation, sshKeyIds),
        faults: operation.faults,
      });
      const ipv6 = enableIpv6 === true;
      return {
        host: made.host,
        secrets: ["defaultPassword"],
        attributes: {
          ...own.attributes(String(plan)),
          dateCreated: new Date().toISOString(),
          defaultPassword: randomBytes(12).toString("base64url"),
          gatewayV4: made.gatewayIpv4,
          hostname: name,
          label: label ?? "",
          mainIp: made.publicIpv4,
          netmaskV4: "255.255.252.0",
          os: os.name,
          osId: os.id,
          status: "active",
          v6MainIp: ipv6 ? made.publicIpv6 : "",
          v6Network: ipv6 ? made.publicIpv6.replace(/[^:]*$/, "") : "",
          v6NetworkSize: ipv6 ? 64 : 0,
        },
        ...unfinishedBy(operation.faults),
      } satisfies Made;
    },
    finish: async (_inputs, { lab }, { host }) => {
      if (host !== undefined) await finishMachine(lab, host);
    },
  };
}

interface OwnInputs {
  readonly forceNew: readonly string[];
  readonly attributes: (plan: string) => Properties;
}

function keysOf({ objects }: Operation, ids: unknown): string[] {
  return (Array.isArray(ids) ? ids : []).map((id) => {
    const key = objects.find((each) => each.type === SSH_KEY && each.id === id)?.inputs["sshKey"];
    if (typeof key !== "string") throw refused("Invalid SSH key ID.");
    return key;
  });
}

const instance = server("server", "vultr", VULTR_PLANS, {
  forceNew: [
    "region",
    "appId",
    "imageId",
    "osId",
    "scriptId",
    "disablePublicIpv4",
    "sshKeyIds",
    "snapshotId",
    "userData",
    "hostname",
    "reservedIpId",
    "appVariables",
  ],
  attributes: (plan) => {
    const found = VULTR_PLANS.find(({ id }) => id === plan);
    return {
      allowedBandwidth: found?.bandwidth ?? 0,
      appId: 0,
      disk: found?.disk ?? 0,
      features: ["ipv6"],
      firewallGroupId: "",
      imageId: "",
      internalIp: "",
      kvm: "https://my.vultr.com/subs/vps/novnc/",
      powerStatus: "running",
      ram: found?.ram ?? 0,
      reservedIpId: "",
      scriptId: "",
      serverStatus: "ok",
      snapshotId: "",
      vcpuCount: found?.vcpu_count ?? 0,
      vpcIds: [],
    };
  },
});

const bareMetalServer = server("bare metal server", "vultrBareMetal", VULTR_METAL_PLANS, {
  forceNew: [
    "region",
    "plan",
    "scriptId",
    "snapshotId",
    "enableIpv6",
    "sshKeyIds",
    "userData",
    "hostname",
    "osId",
    "appId",
    "imageId",
    "appVariables",
  ],
  attributes: (plan) => {
    const found = VULTR_METAL_PLANS.find(({ id }) => id === plan);
    return {
      appId: 0,
      cpuCount: found?.cpu_count ?? 0,
      disk: "2x 240 GB SSD",
      imageId: "",
      macAddress: 2_199_023_255_552,
      ram: `${found?.ram ?? 0} MB`,
    };
  },
});

function refused(error: string): Error {
  return new Error(JSON.stringify({ error, status: 400 }));
}

/** Something that the cloud only remembers. */
function remembered(noun: string, forceNew: readonly string[], attributes: Properties): CloudResource {
  return {
    noun,
    forceNew,
    places: () => [],
    create: async () => ({ attributes: { ...attributes } }),
  };
}

const firewallRule: CloudResource = {
  ...remembered(
    "firewall rule",
    ["firewallGroupId", "ipType", "notes", "port", "protocol", "source", "subnet", "subnetSize"],
    {},
  ),
  ownedBy: "firewallGroupId",
  create: async ({ firewallGroupId, ipType, protocol }, { objects }) => {
    if (!objects.some(({ type, id }) => type === FIREWALL_GROUP && id === firewallGroupId))
      throw refused("Invalid firewall group ID.");
    if (ipType !== "v4" && ipType !== "v6") throw refused("Invalid IP type.");
    if (!["icmp", "tcp", "udp", "gre", "esp", "ah"].includes(String(protocol))) throw refused("Invalid protocol.");
    return { attributes: {} };
  },
};

/** What the API lists, found by its filters: exactly one. */
function find<T extends object>(items: readonly T[], inputs: Properties): T {
  const filters = (inputs["filters"] ?? []) as readonly { name: string; values: readonly string[] }[];
  const found = items.filter((item) =>
    filters.every(({ name, values }) => {
      const value = (item as Properties)[name];
      const own = (Array.isArray(value) ? value : [value]).map(String);
      return values.some((each) => own.includes(each));
    }),
  );
  if (filters.length === 0) throw new Error("issue with filter: false");
  if (found.length > 1)
    throw new Error("your search returned too many results. Please refine your search to be more specific");
  if (found[0] === undefined) throw new Error("no results were found");
  return found[0];
}

/** Vultr: the package `vultr`, its `@ediri/vultr` 2.21.0. What replaces what is as in Vultr's Terraform provider, which the package bridges. */
export const vultr: Cloud = {
  npmName: "@ediri/vultr",
  resources: {
    "vultr:index/instance:Instance": instance,
    "vultr:index/bareMetalServer:BareMetalServer": bareMetalServer,
    [SSH_KEY]: remembered("SSH key", [], { dateCreated: "2026-01-01T00:00:00+00:00" }),
    [FIREWALL_GROUP]: remembered("firewall group", [], {
      dateCreated: "2026-01-01T00:00:00+00:00",
      dateModified: "2026-01-01T00:00:00+00:00",
      instanceCount: 0,
      maxRuleCount: 50,
      ruleCount: 0,
    }),
    "vultr:index/firewallRule:FirewallRule": firewallRule,
  },
  functions: {
    "vultr:index/getRegion:getRegion": async (inputs) => ({ ...find(VULTR_REGIONS, inputs), ...inputs }),
    "vultr:index/getPlan:getPlan": async (inputs) => {
      const { vcpu_count, disk_count, monthly_cost, ...rest } = find(VULTR_PLANS, inputs);
      const own = { vcpuCount: vcpu_count, diskCount: disk_count, monthlyCost: monthly_cost };
      return { ...rest, ...own, gpuType: "", gpuVram: 0, ...inputs };
    },
    "vultr:index/getBareMetalPlan:getBareMetalPlan": async (inputs) => {
      const { cpu_count, cpu_model, cpu_threads, disk_count, monthly_cost, ...rest } = find(VULTR_METAL_PLANS, inputs);
      const own = { cpuCount: cpu_count, cpuModel: cpu_model, cpuThreads: cpu_threads };
      return { ...rest, ...own, diskCount: disk_count, monthlyCost: monthly_cost, ...inputs };
    },
    "vultr:index/getOs:getOs": async (inputs) => {
      const { id, ...rest } = find(VULTR_OS, inputs);
      return { ...rest, id: String(id), ...inputs };
    },
  },
};
