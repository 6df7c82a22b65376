import type { VultrCloud } from "./cloud.ts";
import type { StoredServer } from "./state.ts";

/** How far a server is. */
export interface ServerStatus {
  readonly status: "pending" | "active" | "suspended";
  readonly serverStatus: "none" | "installingbooting" | "ok";
  /** As the API shows them: `0.0.0.0` and empty at first. */
  readonly ipv4: string;
  readonly ipv6: string;
}

/** Whether a server still shows: one that was deleted does so for a while. */
export function isThere({ now, pace }: VultrCloud, { deletedAt }: StoredServer): boolean {
  return deletedAt === undefined || now() < deletedAt + pace.deletingMs;
}

/** How far a server is. @param stays what keeps it from becoming active */
export function statusOf(
  { now, pace }: VultrCloud,
  { orderedAt, addresses, enableIpv6 }: StoredServer,
  stays: "pending" | "suspended" | undefined,
): ServerStatus {
  const age = now() - orderedAt;
  if (stays === "pending" || addresses === undefined || age < pace.pendingMs)
    return { status: "pending", serverStatus: "none", ipv4: "0.0.0.0", ipv6: "" };
  const isBooting = age < pace.pendingMs + pace.bootingMs;
  const hasIpv6 = enableIpv6 && age >= pace.pendingMs + pace.lateIpv6Ms;
  return {
    status: stays ?? "active",
    serverStatus: isBooting ? "installingbooting" : "ok",
    ipv4: addresses.ipv4,
    ipv6: hasIpv6 ? addresses.ipv6 : "",
  };
}
