import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { Refusal, failure, type Answer } from "./answers.ts";
import { catalogRoutes } from "./catalog-routes.ts";
import type { VultrCloud } from "./cloud.ts";
import { firewallRoutes } from "./firewalls.ts";
import { keyRoutes } from "./keys.ts";
import { placesOf } from "./server-body.ts";
import { serverRoutes } from "./servers.ts";
import { Body, type Route } from "./request.ts";
import { roasOf } from "./roas.ts";
import { afterWork, instead, type Instead } from "./unkind.ts";
import { tend } from "./tend.ts";
import { matches, type Struck } from "./faults.ts";

/** A request that was answered. */
export interface VultrRequest {
  /** When it came, in ms since 1970. */
  readonly at: number;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** As it came, before anything judged it; undefined without one. May hold user data. */
  readonly body: string | undefined;
  /** 0: the connection was cut. */
  readonly status: number;
}

/** An API that is being served. */
export interface VultrApi {
  /** As in `http://127.0.0.1:41234`. */
  readonly url: string;
  /** Every request so far, in the order of their answers. */
  readonly requests: readonly VultrRequest[];
  /** Ends it, when the work behind the answers is done. */
  readonly close: () => Promise<void>;
}

const ROUTES: readonly Route[] = [...catalogRoutes, ...keyRoutes, ...firewallRoutes, ...serverRoutes];

/**
 * Serves the simulated Vultr's API v2 on the loopback; and at `/rpki.json` the ROAs that the customer would have made, in the format
 * of Routinator and rpki-client.
 *
 * @param options.port default: any that is free
 */
export async function serveVultrApi(cloud: VultrCloud, { port = 0 }: { port?: number } = {}): Promise<VultrApi> {
  const requests: VultrRequest[] = [];
  const work = new Set<Promise<void>>();
  const arrivals: number[] = [];
  const afterwards = (job: () => Promise<void>): void => {
    const running: Promise<void> = job()
      .catch((error: unknown) => void process.stderr.write(`simulated Vultr: ${messageOf(error)}\n`))
      .finally(() => work.delete(running));
    work.add(running);
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "", url: path = "/" } = request;
    const at = cloud.now();
    const body = await text(request);
    await sleep(cloud.pace.latencyMs);
    const outcome = await answerTo(cloud, {
      method,
      path,
      body,
      authorization: request.headers.authorization,
      arrivals,
      afterwards,
    });
    requests.push({
      at,
      method,
      path,
      body: body === "" ? undefined : body,
      status: outcome === "cut" ? 0 : outcome.status,
    });
    if (outcome === "cut") request.socket.destroy();
    else send(response, outcome);
    // What is due, whoever asks.
    afterwards(() => tend(cloud));
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}`,
    requests,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      while (work.size > 0) await Promise.all(work);
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  const type = typeof body === "string" ? "text/html" : "application/json";
  response.writeHead(status, body === undefined ? headers : { "content-type": type, ...headers });
  response.end(typeof body === "object" ? JSON.stringify(body) : body);
}

interface Incoming {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly authorization: string | undefined;
  /** When the requests of the last second came. */
  readonly arrivals: number[];
  readonly afterwards: (work: () => Promise<void>) => void;
}

async function answerTo(cloud: VultrCloud, incoming: Incoming): Promise<Instead> {
  const { method, path, body, authorization, arrivals, afterwards } = incoming;
  const { pathname, searchParams: query } = new URL(path, "http://localhost");
  const account = await cloud.account();
  if (pathname === "/rpki.json") return { status: 200, body: { roas: roasOf(account) } };
  if (isTooMany(cloud, arrivals)) return failure(429, "Rate limit exceeded. Please retry later.");
  const struck: Struck = { request: `${method} ${pathname}`, places: await placesIn(cloud, pathname, body) };
  const refusal = await instead(cloud, struck);
  if (refusal !== undefined) return refusal;
  const route = ROUTES.find((each) => matches(`${each.method} ${each.path}`, struck.request));
  if (route?.isPublic !== true && authorization !== `Bearer ${account.apiKey}`)
    return failure(401, "Invalid API token.");
  if (route === undefined) return failure(404, "Not found.");
  const ids = route.path.split("/").flatMap((part, index) => (part === "*" ? [pathname.split("/")[index] ?? ""] : []));
  const answer = await route
    .answer({ cloud, ids, query, body: Body.parse(body), afterwards })
    .catch((error: unknown): Answer => {
      if (error instanceof Refusal) return failure(error.status, error.message);
      return failure(500, messageOf(error));
    });
  return answer.status < 300 ? ((await afterWork(cloud, struck)) ?? answer) : answer;
}

/** Vultr's own limit: so many requests within a second. */
function isTooMany({ now, requestsPerSecond }: VultrCloud, arrivals: number[]): boolean {
  const since = now() - 1000;
  while (arrivals[0] !== undefined && arrivals[0] <= since) arrivals.shift();
  if (arrivals.length >= requestsPerSecond) return true;
  arrivals.push(now());
  return false;
}

/** What a request is about: what a server is ordered with, or the server whose id is in the path. */
async function placesIn({ store }: VultrCloud, pathname: string, body: string): Promise<string[]> {
  const parts = pathname.split("/");
  const server = (await store.read()).servers.find(({ id }) => parts.includes(id));
  if (server !== undefined) return placesOf(server);
  const given = ["region", "hostname", "label", "plan"].map(
    (name) => new RegExp(`"${name}":"([^"]+)"`).exec(body)?.[1],
  );
  return [...parts, ...given.filter((each) => each !== undefined)];
}
