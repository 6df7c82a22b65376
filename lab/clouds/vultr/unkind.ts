import type { CloudFaultKind } from "../faults.ts";
import { failure, type Answer } from "./answers.ts";
import type { VultrCloud } from "./cloud.ts";
import type { Struck } from "./faults.ts";

/** What a request is answered with; `cut`: nothing, and the connection ends. */
export type Instead = Answer | "cut";

const HTML =
  "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>";

/** What a request is refused with before anything is done, by fault. */
const REFUSALS: Partial<Record<CloudFaultKind, Instead>> = {
  unauthorized: failure(401, "Invalid API token."),
  forbidden: failure(403, "Unauthorized IP address: 192.0.2.1"),
  "rate-limit": { ...failure(429, "Rate limit exceeded. Please retry later."), headers: { "retry-after": "1" } },
  "rate-limit-silent": failure(429, "Rate limit exceeded. Please retry later."),
  "server-error": failure(500, "Internal server error."),
  unavailable: failure(503, "Service temporarily unavailable."),
  html: { status: 502, body: HTML },
  "html-ok": { status: 200, body: HTML },
  cut: "cut",
  "gone-400": failure(400, "invalid instance ID"),
};

/** What is answered to a request that was carried out nevertheless, by fault. */
const AFTER: Partial<Record<CloudFaultKind, Instead>> = {
  "done-500": failure(500, "Internal server error."),
  "done-cut": "cut",
};

/** What an order of a server is refused with, by fault. */
const ORDERS: Partial<Record<CloudFaultKind, Answer>> = {
  quota: failure(400, "You have reached the maximum number of active servers for this account."),
  "out-of-stock": failure(400, "The selected plan is not available in the selected region."),
};

const kindsOf = (table: object): ReadonlySet<CloudFaultKind> => new Set(Object.keys(table) as CloudFaultKind[]);
const [REFUSING, DOING, REFUSING_ORDERS] = [kindsOf(REFUSALS), kindsOf(AFTER), kindsOf(ORDERS)];

/** What a request gets in the place of being carried out. */
export async function instead({ faults }: VultrCloud, struck: Struck): Promise<Instead | undefined> {
  const kind = await faults.strike(struck, REFUSING);
  if (kind !== undefined) return REFUSALS[kind];
  if (!/^POST \/v2\/(instances|bare-metals)$/.test(struck.request)) return undefined;
  const order = await faults.strike(struck, REFUSING_ORDERS);
  return order === undefined ? undefined : ORDERS[order];
}

/** What a request gets in the place of the answer to what was done. */
export async function afterWork({ faults }: VultrCloud, struck: Struck): Promise<Instead | undefined> {
  const kind = await faults.strike(struck, DOING);
  return kind === undefined ? undefined : AFTER[kind];
}
