import { changeLab, hostOf } from "../hosts.ts";
import type { Lab } from "../folder.ts";
import type { Speaker } from "../state.ts";
import type { Cloud, CloudResource, Operation } from "./cloud.ts";
import { EQUINIX_METROS, EQUINIX_PLANS, EQUINIX_SYSTEMS } from "./equinix-metal-catalog.ts";
import { finishMachine, makeMachine } from "./machines.ts";
import { unfinishedBy } from "./provider.ts";
import type { CloudObject, Properties } from "./store.ts";

const PROJECT = "equinix-metal:index/project:Project";
const SSH_KEY = "equinix-metal:index/projectSshKey:ProjectSshKey";
const DEVICE = "equinix-metal:index/device:Device";
const SESSION = "equinix-metal:index/bgpSession:BgpSession";

const PEER_ASN = 65530;
const PEERS = {
  ipv4: ["169.254.255.1", "169.254.255.2"],
  ipv6: ["fc00::e", "fc00::f"],
} as const;

/** More than one hop, how many was not said. */
const MULTIHOP = 5;

function refused(error: string): Error {
  return new Error(JSON.stringify({ errors: [error], status: 422 }));
}

function objectOf({ objects }: Operation, type: string, id: unknown): CloudObject {
  const found = objects.find((each) => each.type === type && each.id === id);
  if (found === undefined) throw refused(`${type.split(":").at(-1)} ${String(id)} is not found`);
  return found;
}

const device: CloudResource = {
  noun: "device",
  forceNew: [
    "plan",
    "operatingSystem",
    "metro",
    "facilities",
    "projectId",
    "projectSshKeyIds",
    "userData",
    "billingCycle",
    "hardwareReservationId",
    "ipAddresses",
    "storage",
  ],
  places: ({ metro, hostname }) => [metro, hostname],
  create: async (inputs, operation, id) => {
    const { metro, plan, operatingSystem, projectId, projectSshKeyIds, hostname, userData } = inputs;
    const region = EQUINIX_METROS.get(String(metro));
    if (region === undefined) throw refused("Invalid metro");
    if (!EQUINIX_PLANS.includes(String(plan))) throw refused("Invalid plan");
    if (!EQUINIX_SYSTEMS.includes(String(operatingSystem))) throw refused("Invalid operating system");
    objectOf(operation, PROJECT, projectId);
    const keys = (Array.isArray(projectSshKeyIds) ? projectSshKeyIds : []) as unknown[];
    const made = await makeMachine(operation.lab, {
      instanceId: id,
      hostname: String(hostname),
      metro: region,
      profile: "equinixMetal",
      bgpSource: "private",
      // A session has to be asked for.
      speakers: [],
      userData: typeof userData === "string" ? userData : undefined,
      rootKeys: keys.map((key) => String(objectOf(operation, SSH_KEY, key).inputs["publicKey"])),
      faults: operation.faults,
    });
    const network = (address: string, cidr: number, family: number, isPublic: boolean): Properties => ({
      address,
      cidr,
      family,
      gateway: made.gatewayIpv4,
      public: isPublic,
    });
    const now = new Date().toISOString();
    return {
      host: made.host,
      secrets: ["rootPassword"],
      attributes: {
        accessPrivateIpv4: made.privateIpv4,
        accessPublicIpv4: made.publicIpv4,
        accessPublicIpv6: made.publicIpv6,
        created: now,
        deployedFacility: `${String(metro)}1`,
        deployedHardwareReservationId: "",
        locked: false,
        networkType: "layer3",
        networks: [
          network(made.publicIpv4, 31, 4, true),
          network(made.publicIpv6, 127, 6, true),
          network(made.privateIpv4, 31, 4, false),
        ],
        ports: [],
        rootPassword: id.slice(0, 10),
        sshKeyIds: [],
        state: "active",
        updated: now,
      },
      ...unfinishedBy(operation.faults),
    };
  },
  finish: async (_inputs, { lab }, { host }) => {
    if (host !== undefined) await finishMachine(lab, host);
  },
};

function familyOf(session: Properties): "ipv4" | "ipv6" {
  const family = session["addressFamily"];
  if (family !== "ipv4" && family !== "ipv6") throw refused("Address family is not included in the list");
  return family;
}

function md5Of({ objects }: Operation, owner: CloudObject): string {
  const project = objects.find(({ id }) => id === owner.inputs["projectId"]);
  const md5 = (project?.inputs["bgpConfig"] as Properties | undefined)?.["md5"];
  return typeof md5 === "string" ? md5 : "";
}

function speakers(family: "ipv4" | "ipv6", password: boolean): Speaker[] {
  return PEERS[family].map((address) => ({
    family: family === "ipv4" ? 4 : 6,
    address,
    asn: PEER_ASN,
    multihop: MULTIHOP,
    password,
  }));
}

/** Gives the edge the speakers for one family of a device, and takes those that it had. */
async function setSpeakers(lab: Lab, name: string | undefined, family: 4 | 6, own: readonly Speaker[]): Promise<void> {
  if (name === undefined) return;
  await changeLab(lab, (state) => {
    const host = hostOf(state, name);
    const others = (host.speakers ?? []).filter((each) => each.family !== family);
    return { ...state, hosts: { ...state.hosts, [name]: { ...host, speakers: [...others, ...own] } } };
  });
}

const session: CloudResource = {
  noun: "BGP session",
  forceNew: ["addressFamily", "deviceId", "defaultRoute"],
  ownedBy: "deviceId",
  places: () => [],
  create: async (inputs, operation) => {
    const owner = objectOf(operation, DEVICE, inputs["deviceId"]);
    const project = objectOf(operation, PROJECT, owner.inputs["projectId"]);
    if (project.inputs["bgpConfig"] === undefined) throw refused("BGP is not enabled for the project");
    const family = familyOf(inputs);
    const own = speakers(family, md5Of(operation, owner) !== "");
    await setSpeakers(operation.lab, owner.host, family === "ipv4" ? 4 : 6, own);
    return { attributes: { status: "up" } };
  },
  remove: async (inputs, operation) => {
    const owner = operation.objects.find(({ id }) => id === inputs["deviceId"]);
    const family = familyOf(inputs) === "ipv4" ? 4 : 6;
    await setSpeakers(operation.lab, owner?.host, family, []);
  },
};

/** Equinix Metal as it was: the package `equinix-metal`, its `@pulumi/equinix-metal` 2.0.0. */
export const equinixMetal: Cloud = {
  npmName: "@pulumi/equinix-metal",
  resources: {
    [PROJECT]: {
      noun: "project",
      forceNew: ["organizationId"],
      places: () => [],
      create: async ({ name }, _operation, id) => ({
        attributes: {
          name: name ?? id,
          created: "2026-01-01T00:00:00Z",
          updated: "2026-01-01T00:00:00Z",
          organizationId: "00000000-0000-4000-8000-000000000000",
          paymentMethodId: "",
        },
      }),
    },
    [SSH_KEY]: {
      noun: "SSH key",
      forceNew: ["projectId", "publicKey"],
      places: () => [],
      create: async ({ name, projectId }, _operation, id) => ({
        attributes: {
          name: name ?? id,
          created: "2026-01-01T00:00:00Z",
          updated: "2026-01-01T00:00:00Z",
          fingerprint: "",
          ownerId: projectId,
        },
      }),
    },
    [DEVICE]: device,
    [SESSION]: session,
  },
  functions: {
    "equinix-metal:index/getMetro:getMetro": async ({ code }) => {
      if (!EQUINIX_METROS.has(String(code))) throw new Error(`Metro ${String(code)} was not found`);
      return { id: String(code), code, country: "", name: String(code) };
    },
    "equinix-metal:index/getDeviceBgpNeighbors:getDeviceBgpNeighbors": async ({ deviceId }, operation) => {
      const owner = objectOf(operation, DEVICE, deviceId);
      const project = objectOf(operation, PROJECT, owner.inputs["projectId"]);
      const config = (project.inputs["bgpConfig"] ?? {}) as Properties;
      const asked = operation.objects.filter(({ type, inputs }) => type === SESSION && inputs["deviceId"] === deviceId);
      const md5Password = md5Of(operation, owner);
      return {
        id: deviceId,
        deviceId,
        bgpNeighbors: asked.map(({ inputs }) => {
          const family = familyOf(inputs);
          const { accessPrivateIpv4, accessPublicIpv6 } = owner.attributes;
          return {
            addressFamily: family === "ipv4" ? 4 : 6,
            customerAs: config["asn"],
            customerIp: family === "ipv4" ? accessPrivateIpv4 : accessPublicIpv6,
            md5Enabled: md5Password !== "",
            md5Password,
            multihop: true,
            peerAs: PEER_ASN,
            peerIps: [...PEERS[family]],
            routesIns: [],
            routesOuts: [],
          };
        }),
      };
    },
  },
};
