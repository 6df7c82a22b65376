import { VULTR_METAL_PLANS, VULTR_OS, VULTR_PLANS } from "./catalog.ts";
import type { VultrCloud } from "./cloud.ts";
import { statusOf } from "./server-status.ts";
import type { StoredServer } from "./state.ts";

/** What faults find a server by. */
export function placesOf({ id, region, hostname, label }: StoredServer): string[] {
  return [id, region, hostname, label];
}

/** What keeps a server from becoming active, if anything does at present. */
export async function whatHolds(
  { faults }: VultrCloud,
  server: StoredServer,
): Promise<"pending" | "suspended" | undefined> {
  const places = placesOf(server);
  if (await faults.isOn("half-created", places)) return "pending";
  return (await faults.isOn("suspended", places)) ? "suspended" : undefined;
}

/** A server as the API shows it; never user data, keys or the password. */
export async function shownServer(cloud: VultrCloud, server: StoredServer): Promise<object> {
  const { kind, enableIpv6, addresses } = server;
  const { status, serverStatus, ipv4, ipv6 } = statusOf(cloud, server, await whatHolds(cloud, server));
  const common = {
    id: server.id,
    os: VULTR_OS.find(({ id }) => id === server.osId)?.name ?? "",
    main_ip: ipv4,
    region: server.region,
    plan: server.plan,
    date_created: new Date(server.orderedAt).toISOString(),
    status,
    netmask_v4: ipv4 === "0.0.0.0" ? "" : "255.255.252.0",
    gateway_v4: ipv4 === "0.0.0.0" ? "0.0.0.0" : (addresses?.gatewayIpv4 ?? ""),
    v6_network: ipv6 === "" ? "" : ipv6.replace(/[^:]*$/, ""),
    v6_main_ip: ipv6,
    v6_network_size: ipv6 === "" ? 0 : 64,
    label: server.label,
    tag: server.tags[0] ?? "",
    tags: server.tags,
    os_id: server.osId,
    app_id: 0,
    image_id: "",
    snapshot_id: "",
    features: enableIpv6 ? ["ipv6"] : [],
    user_scheme: "root",
  };
  return kind === "instance"
    ? { ...common, ...instanceOnly(server, serverStatus, status) }
    : { ...common, ...bareMetalOnly(server) };
}

function instanceOnly(server: StoredServer, serverStatus: string, status: string): object {
  const plan = VULTR_PLANS.find(({ id }) => id === server.plan);
  return {
    ram: plan?.ram ?? 0,
    disk: plan?.disk ?? 0,
    vcpu_count: plan?.vcpu_count ?? 0,
    allowed_bandwidth: plan?.bandwidth ?? 0,
    power_status: server.isPoweredOn && status !== "suspended" ? "running" : "stopped",
    server_status: serverStatus,
    internal_ip: "",
    kvm: status === "pending" ? "" : "https://my.vultr.com/subs/vps/novnc/api.php?data=secret",
    firewall_group_id: server.groupId,
    hostname: server.hostname,
    pending_charges: 0,
  };
}

/** Unlike an instance's, some of these are texts. */
function bareMetalOnly(server: StoredServer): object {
  const plan = VULTR_METAL_PLANS.find(({ id }) => id === server.plan);
  return {
    ram: `${plan?.ram ?? 0} MB`,
    disk: "2x 240 GB SSD",
    cpu_count: plan?.cpu_count ?? 0,
    mac_address: 2_199_023_255_552 + server.number,
  };
}
