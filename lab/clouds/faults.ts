import { mkdir } from "node:fs/promises";
import type { Lab } from "../folder.ts";
import { cloudPaths, readJson, withCloudLock, writeJson } from "./store.ts";

/** How a simulated cloud can fail, with what it means. */
export const CLOUD_FAULTS = {
  quota: "no more servers for this account",
  "out-of-stock": "no server of this plan in the region",
  "rate-limit": "429 to every request, also to the repeated ones",
  unauthorized: "401 to every request",
  unavailable: "503 to every request",
  "half-created": "a server is made and never becomes active",
  "slow-boot": "a server takes half a minute to power on",
  "no-boot": "a server becomes active and never boots",
  "cloud-init-error": "cloud-init fails on the server",
} as const;

/** The name of a way to fail. */
export type CloudFaultKind = keyof typeof CLOUD_FAULTS;

/** A way to fail that is switched on. */
export interface CloudFault {
  readonly kind: CloudFaultKind;
  /** A region of the cloud, a host name, or `all`. */
  readonly where: string;
}

/** Every fault that is switched on. */
export async function cloudFaults(lab: Lab): Promise<CloudFault[]> {
  return readJson<CloudFault[]>(cloudPaths(lab).faults, []);
}

/** Switches a fault on. */
export function failCloud(lab: Lab, fault: CloudFault): Promise<void> {
  return change(lab, (faults) => [...faults, fault]);
}

/** Switches faults off: those of a place, or every one. Servers that were to boot late do so nevertheless. */
export function healClouds(lab: Lab, where?: string): Promise<void> {
  return change(lab, (faults) => faults.filter((fault) => where !== undefined && fault.where !== where));
}

function change(lab: Lab, next: (faults: CloudFault[]) => CloudFault[]): Promise<void> {
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
