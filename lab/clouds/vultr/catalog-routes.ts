import type { CloudAccount } from "../store.ts";
import { Refusal, page, type Answer } from "./answers.ts";
import { VULTR_METAL_PLANS, VULTR_OS, VULTR_PLANS, VULTR_REGIONS } from "./catalog.ts";
import type { VultrCloud } from "./cloud.ts";
import type { Call, Route } from "./request.ts";

const byPosition = (_item: unknown, index: number): number => index;

function list<T extends object>(path: string, key: string, items: (cloud: VultrCloud) => Promise<readonly T[]>): Route {
  return {
    method: "GET",
    path,
    isPublic: true,
    answer: async ({ cloud, query }) =>
      page(key, await items(cloud), byPosition, (item) => item, { query, pageSize: cloud.pageSize }),
  };
}

/** The plans, less what is sold out or went at present. */
async function sold<T extends { readonly id: string; readonly locations: readonly string[] }>(
  { faults }: VultrCloud,
  plans: readonly T[],
): Promise<T[]> {
  const own = await Promise.all(
    plans.map(async (plan) => {
      if (await faults.isOn("plan-gone", [plan.id])) return [];
      const locations = await Promise.all(
        plan.locations.map(async (each) => ((await faults.isOn("out-of-stock", [each])) ? [] : [each])),
      );
      return [{ ...plan, locations: locations.flat() }];
    }),
  );
  return own.flat();
}

async function ok(body: object): Promise<Answer> {
  return { status: 200, body };
}

async function account(call: Call, body: (account: CloudAccount) => object): Promise<Answer> {
  return ok(body(await call.cloud.account()));
}

/** What Vultr sells, which it tells anybody, and the account. */
export const catalogRoutes: readonly Route[] = [
  list("/v2/regions", "regions", async () => VULTR_REGIONS),
  list("/v2/plans", "plans", async (cloud) => sold(cloud, VULTR_PLANS)),
  list("/v2/plans-metal", "plans_metal", async (cloud) => sold(cloud, VULTR_METAL_PLANS)),
  list("/v2/os", "os", async () => VULTR_OS),
  {
    method: "GET",
    path: "/v2/account",
    answer: (call) =>
      account(call, () => ({ account: { name: "Rehearsal", email: "noc@example.net", acls: [], balance: 0 } })),
  },
  {
    method: "GET",
    path: "/v2/account/bgp",
    answer: (call) => account(call, ({ asn, bgpPassword }) => ({ enabled: true, asn, password: bgpPassword })),
  },
  {
    // In no tagged version of Vultr's own client: an account may not have it.
    method: "GET",
    path: "/v2/account/bgp/prefixes",
    answer: (call) =>
      account(call, ({ prefixes, listsPrefixes }) => {
        if (listsPrefixes !== true) throw new Refusal(404, "Not found.");
        return {
          prefixes: prefixes.map((prefix) => ({
            prefix,
            date_added: "2026-01-01T00:00:00+00:00",
            rpki_status: "valid",
          })),
          meta: { total: prefixes.length, links: { next: "", prev: "" } },
        };
      }),
  },
];
