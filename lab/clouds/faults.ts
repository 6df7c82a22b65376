import { mkdir } from "node:fs/promises";
import type { Lab } from "../folder.ts";
import { cloudPaths, readJson, withCloudLock, writeJson } from "./store.ts";

/** How a simulated cloud can fail, with what it means. */
export const CLOUD_FAULTS = {
  quota: "no more servers for this account",
  "out-of-stock": "no server of this plan in the region",
  "plan-gone": "a plan that nobody can order any more (where: the plan)",
  "rate-limit": "429, with the time to wait in Retry-After",
  "rate-limit-silent": "429, without a word of how long to wait",
  unauthorized: "401: the key is wrong",
  forbidden: "403: the key does not allow this address",
  "server-error": "500, and nothing was done",
  "done-500": "500, and all was done",
  unavailable: "503",
  cut: "the connection is cut, and nothing was done",
  "done-cut": "the connection is cut, and all was done",
  html: "502 with a page of HTML",
  "html-ok": "200 with a page of HTML",
  "gone-400": "400 'invalid instance ID', as for what is gone",
  "half-created": "a server is made and never becomes active",
  suspended: "a server is suspended",
  "slow-boot": "a server takes half a minute to power on",
  "no-boot": "a server becomes active and never boots",
  "cloud-init-error": "cloud-init fails on the server",
} as const;

/** The name of a way to fail. */
export type CloudFaultKind = keyof typeof CLOUD_FAULTS;

/** A way to fail that is switched on. */
export interface CloudFault {
  readonly kind: CloudFaultKind;
  /** A region of the cloud, a host name, a label, an id, or `all`. */
  readonly where: string;
  /** Vultr alone: only requests like this one, as in `GET /v2/instances/*`. Default: all. */
  readonly on?: string;
  /** Vultr alone: how many such requests pass first. Default: none. */
  readonly after?: number;
  /** Vultr alone: how many such requests it hits. Default: all until it is switched off. */
  readonly times?: number;
}

/** Every fault that is switched on. */
export async function cloudFaults(lab: Lab): Promise<CloudFault[]> {
  return readJson<CloudFault[]>(cloudPaths(lab).faults, []);
}

/** Switches a fault on. */
export function failCloud(lab: Lab, fault: CloudFault): Promise<void> {
  return changeFaults(lab, (faults) => [...faults, fault]);
}

/** Switches faults off: those of a place, or every one. Servers that were to boot late do so nevertheless. */
export function healClouds(lab: Lab, where?: string): Promise<void> {
  return changeFaults(lab, (faults) => faults.filter((fault) => where !== undefined && fault.where !== where));
}

/** Changes which faults are switched on. */
export function changeFaults(lab: Lab, next: (faults: CloudFault[]) => CloudFault[]): Promise<void> {
  return withCloudLock(lab, async () => {
    await mkdir(cloudPaths(lab).folder, { recursive: true });
    await writeJson(cloudPaths(lab).faults, next(await cloudFaults(lab)));
  });
}

/** The faults that hit something. @param places its region and host name; what is nowhere is hit by `all` alone */
export async function faultsAt(lab: Lab, places: readonly unknown[]): Promise<Set<CloudFaultKind>> {
  const hit = (await cloudFaults(lab)).filter(({ where }) => where === "all" || places.includes(where));
  return new Set(hit.map(({ kind }) => kind));
}
