import { z } from "zod";
import type { CallOptions, VultrApi } from "./api.ts";
import { parseAnswer } from "./parse.ts";

const region = z.object({
  id: z.string(),
  city: z.string(),
  country: z.string(),
  continent: z.string().optional(),
  options: z.array(z.string()).optional(),
});

const plan = z.object({
  id: z.string(),
  /** US dollars a month. */
  monthly_cost: z.number(),
  /** The regions where it is in stock. */
  locations: z.array(z.string()),
});

const os = z.object({ id: z.int(), name: z.string(), arch: z.string(), family: z.string() });

export type VultrRegion = z.output<typeof region>;
export type VultrPlan = z.output<typeof plan>;
export type VultrOs = z.output<typeof os>;

async function all<T>(
  api: VultrApi,
  path: string,
  key: string,
  schema: z.ZodType<T>,
  options: CallOptions,
): Promise<T[]> {
  return parseAnswer(z.array(schema), await api.list(path, key, options), "GET", path);
}

/** All regions; needs no key. */
export function listRegions(api: VultrApi, options: CallOptions = {}): Promise<VultrRegion[]> {
  return all(api, "/v2/regions", "regions", region, options);
}

/** All plans of virtual machines; needs no key. */
export function listPlans(api: VultrApi, options: CallOptions = {}): Promise<VultrPlan[]> {
  return all(api, "/v2/plans", "plans", plan, options);
}

/** All plans of bare metal; needs no key. */
export function listMetalPlans(api: VultrApi, options: CallOptions = {}): Promise<VultrPlan[]> {
  return all(api, "/v2/plans-metal", "plans_metal", plan, options);
}

/** All operating systems; needs no key. */
export function listOperatingSystems(api: VultrApi, options: CallOptions = {}): Promise<VultrOs[]> {
  return all(api, "/v2/os", "os", os, options);
}
