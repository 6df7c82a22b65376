import { mkdtemp, mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { labAt, type Lab } from "../folder.ts";
import { serveCloudApi, type CloudApi } from "./api.ts";
import type { CloudFaultKind } from "./faults.ts";
import { cloudPaths, writeJson, type CloudAccount } from "./store.ts";

const ACCOUNT: CloudAccount = {
  asn: 64500,
  prefixes: ["203.0.113.0/24", "2001:db8:53::/48"],
  bgpPassword: "abcdefghijklmnop",
  apiKey: "KEY",
};

let lab: Lab;
let api: CloudApi;

beforeEach(async () => {
  lab = labAt(await mkdtemp(join(tmpdir(), "anycast-api-")));
  await mkdir(cloudPaths(lab).folder);
  await writeJson(cloudPaths(lab).account, ACCOUNT);
  api = await serveCloudApi(lab);
});

afterEach(async () => {
  await api.close();
  await rm(lab.folder, { recursive: true });
});

async function get(path: string, key?: string): Promise<{ status: number; body: unknown; headers: Headers }> {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const response = await fetch(`${api.url}${path}`, { headers });
  return { status: response.status, body: await response.json(), headers: response.headers };
}

test("tells the account's BGP and prefixes to its key, and what is sold to anybody", async () => {
  expect((await get("/v2/account/bgp", "KEY")).body).toEqual({
    enabled: true,
    asn: 64500,
    password: "abcdefghijklmnop",
  });
  expect((await get("/v2/account/bgp/prefixes", "KEY")).body).toMatchObject({
    prefixes: [
      { prefix: "203.0.113.0/24", rpki_status: "valid" },
      { prefix: "2001:db8:53::/48", rpki_status: "valid" },
    ],
  });
  expect((await get("/v2/regions?per_page=500")).body).toMatchObject({
    regions: expect.arrayContaining([expect.objectContaining({ id: "ams", country: "NL" })]) as unknown,
  });
  expect((await get("/rpki.json")).body).toMatchObject({
    roas: [{ asn: "AS64500", prefix: "203.0.113.0/24", maxLength: 24 }, { maxLength: 48 }],
  });
});

test("knows no other key, path or method", async () => {
  expect(await get("/v2/account/bgp")).toMatchObject({ status: 401 });
  expect(await get("/v2/account/bgp", "other")).toMatchObject({ status: 401, body: { error: "Invalid API token." } });
  expect(await get("/v2/instances", "KEY")).toMatchObject({ status: 404 });
  expect((await fetch(`${api.url}/v2/account/bgp`, { method: "POST" })).status).toBe(405);
});

test.each<[CloudFaultKind, number]>([
  ["unauthorized", 401],
  ["rate-limit", 429],
  ["unavailable", 503],
])("while it fails with %s, it answers %d", async (kind, status) => {
  await writeJson(cloudPaths(lab).faults, [{ kind, where: "all" }]);
  const answer = await get("/v2/account/bgp", "KEY");
  expect(answer.status).toBe(status);
  expect(answer.headers.get("retry-after")).toBe(status === 429 ? "1" : null);
});
