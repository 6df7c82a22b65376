import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Lab } from "../folder.ts";
import { faultsAt } from "./faults.ts";
import { readCloudAccount, type CloudAccount } from "./store.ts";
import { VULTR_METAL_PLANS, VULTR_OS, VULTR_PLANS, VULTR_REGIONS } from "./vultr/catalog.ts";

/** An API that is being served. */
export interface CloudApi {
  /** As in `http://127.0.0.1:41234`. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** What an API answers. */
interface Answer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Serves, on the loopback, the part of the Vultr API that previews and `anycast preflight` read, as the simulated Vultr of a lab has it;
 * and at `/rpki.json` the ROAs that the customer would have made, in the format of Routinator and rpki-client.
 *
 * @param port default: any that is free
 */
export async function serveCloudApi(lab: Lab, port = 0): Promise<CloudApi> {
  const server = createServer((request, response) => {
    answer(lab, request)
      .catch((error: unknown): Answer => failure(500, error instanceof Error ? error.message : String(error)))
      .then((reply) => send(response, reply))
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

function failure(status: number, error: string): Answer {
  return { status, body: { error, status } };
}

async function answer(lab: Lab, { method = "", url = "/", headers }: IncomingMessage): Promise<Answer> {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  const account = await readCloudAccount(lab);
  if (method !== "GET") return failure(405, "Method not allowed.");
  if (pathname === "/rpki.json") return { status: 200, body: { roas: roasOf(account) } };
  const faults = await faultsAt(lab, []);
  if (faults.has("unavailable")) return failure(503, "Service temporarily unavailable.");
  if (faults.has("rate-limit"))
    return { ...failure(429, "Rate limit exceeded. Please retry later."), headers: { "retry-after": "1" } };
  const isPublic = PUBLIC.has(pathname);
  if (!isPublic && (faults.has("unauthorized") || headers.authorization !== `Bearer ${account.apiKey}`))
    return failure(401, "Invalid API token.");
  const body = bodies(account)[pathname];
  if (body === undefined) return failure(404, "Not found.");
  const wanted = Number(searchParams.get("per_page") ?? 100);
  return Number.isInteger(wanted) && wanted >= 1 && wanted <= 500
    ? { status: 200, body }
    : failure(400, "Invalid per_page.");
}

/** Vultr tells these without a key. */
const PUBLIC = new Set(["/v2/regions", "/v2/plans", "/v2/plans-metal", "/v2/os"]);

function list(key: string, items: readonly unknown[]): object {
  return { [key]: items, meta: { total: items.length, links: { next: "", prev: "" } } };
}

function bodies(account: CloudAccount): Readonly<Record<string, object>> {
  return {
    "/v2/account": { account: { name: "Rehearsal", email: "noc@example.net", acls: [], balance: 0 } },
    "/v2/account/bgp": { enabled: true, asn: account.asn, password: account.bgpPassword },
    "/v2/account/bgp/prefixes": list(
      "prefixes",
      account.prefixes.map((prefix) => ({ prefix, date_added: "2026-01-01T00:00:00+00:00", rpki_status: "valid" })),
    ),
    "/v2/regions": list("regions", VULTR_REGIONS),
    "/v2/plans": list("plans", VULTR_PLANS),
    "/v2/plans-metal": list("plans_metal", VULTR_METAL_PLANS),
    "/v2/os": list("os", VULTR_OS),
  };
}

function roasOf({ asn, prefixes }: CloudAccount): object[] {
  return prefixes.map((prefix) => ({
    asn: `AS${asn}`,
    prefix,
    maxLength: Number(prefix.split("/")[1]),
    ta: "rehearsal",
  }));
}
