import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import type { Preflight } from "../model/preflight.ts";
import type { NetworkInput } from "../model/schema.ts";
import { preflight } from "./preflight.ts";

const NETWORK: NetworkInput = {
  asn: 396982,
  prefixes: ["192.5.5.0/24", "2001:500:2f::/48"],
  services: {
    web: {
      kind: "external",
      addresses: ["192.5.5.1", "2001:500:2f::1"],
      ports: ["tcp/443"],
      checks: [{ kind: "tcp", port: 443 }],
    },
  },
  sites: {
    ams: { host: { provider: "vultr", region: "ams" } },
    ewr: { host: { provider: "vultr", region: "ewr" } },
    sgp: { host: { provider: "vultrBareMetal", region: "sgp" } },
  },
};

const ROAS = {
  roas: [
    { asn: "AS396982", prefix: "192.5.5.0/24", maxLength: 24, ta: "arin" },
    { asn: 396982, prefix: "2001:500:2f::/48", maxLength: 48, ta: "arin", expires: 1893456000 },
  ],
};

type Answer = { status?: number; headers?: Record<string, string>; body: unknown };
const BGP: Answer = { body: { enabled: true, asn: 396982, password: "abcdefgh12345678" } };
const PREFIXES: Answer = {
  body: {
    prefixes: [
      { prefix: "192.5.5.0/24", date_added: "2026-01-01", rpki_status: "valid" },
      { prefix: "2001:0500:2f::/48", date_added: "2026-01-01", rpki_status: "valid" },
    ],
  },
};

const list = (key: string, items: unknown[]): Answer => ({ body: { [key]: items, meta: { links: { next: "" } } } });
const OFFER = { monthly_cost: 10, locations: ["ams", "ewr", "sgp"] };
/** What Vultr tells without a key. */
const PUBLIC: Record<string, Answer> = {
  "/v2/regions": list(
    "regions",
    ["ams", "ewr", "sgp"].map((id) => ({ id, city: id, country: id })),
  ),
  "/v2/plans": list("plans", [{ id: "vc2-1c-2gb", ...OFFER }]),
  "/v2/plans-metal": list("plans_metal", [{ id: "vbm-4c-32gb", ...OFFER, monthly_cost: 120 }]),
  "/v2/os": list("os", [{ id: 2136, name: "Debian 12 x64 (bookworm)", arch: "x64", family: "debian" }]),
};
const pathOf = (url = ""): string => url.split("?")[0] ?? "";

let folder: string;
let before: string;
const path = process.env["PATH"];
let server: Server;
let answers: Record<string, Answer>;
let methods: string[];

beforeEach(async () => {
  before = process.cwd();
  folder = mkdtempSync(join(tmpdir(), "anycast-preflight-"));
  process.chdir(folder);
  mkdirSync("stacks");
  stack(NETWORK);
  writeFileSync("roas.json", JSON.stringify(ROAS));
  answers = {
    "/v2/account/bgp": BGP,
    "/v2/account/bgp/prefixes": PREFIXES,
    "/v2/firewalls": list("firewall_groups", []),
    "/v2/instances": list("instances", []),
    "/v2/bare-metals": list("bare_metals", []),
  };
  writeFileSync("Pulumi.yaml", "name: anycast\nstackConfigDir: stacks\n");
  mkdirSync("bin");
  state([]);
  process.env["PATH"] = `${folder}/bin:${path}`;
  methods = [];
  server = createServer((request, response) => {
    methods.push(request.method ?? "");
    const {
      status = 200,
      headers = {},
      body,
    } = request.headers.authorization === "Bearer KEY"
      ? (answers[pathOf(request.url)] ?? PUBLIC[pathOf(request.url)] ?? { status: 404, body: {} })
      : (PUBLIC[pathOf(request.url)] ?? { status: 401, body: { error: "Invalid API token." } });
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
});

afterEach(async () => {
  process.chdir(before);
  process.env["PATH"] = path;
  rmSync(folder, { recursive: true, force: true });
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

/** Has `pulumi stack export` print a state. */
function state(resources: { urn: string; type: string; id?: string }[]): void {
  writeFileSync("bin/state.json", JSON.stringify({ version: 3, deployment: { resources } }));
  writeFileSync("bin/pulumi", `#!/bin/sh\ncat ${folder}/bin/state.json\n`, { mode: 0o755 });
}

function stack(network: NetworkInput): void {
  writeFileSync("stacks/Pulumi.prod.yaml", stringify({ config: { "anycast:network": network } }));
}

const apiUrl = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function run(options: { roas?: string; loa?: string } = { roas: "roas.json" }, key = "KEY") {
  let printed = "";
  const environment = { VULTR_API_KEY: key, VULTR_API_URL: apiUrl() };
  const exit = await preflight({ stack: "prod", json: true, ...options }, environment, (text) => (printed += text));
  const result = JSON.parse(printed) as Preflight;
  const notOk = result.findings.filter(({ status }) => status !== "ok");
  return { exit, ...result, notOk: notOk.map(({ check, status, message }) => `${status} ${check}: ${message}`) };
}

test("a stack that can announce", async () => {
  const result = await run();
  expect(result).toMatchObject({ exit: 0, status: "ok", notOk: [], byHand: {} });
  expect(result.findings.map(({ check }) => check)).toEqual([
    "Vultr BGP",
    "Vultr ASN",
    "Vultr password",
    "Vultr prefix 192.5.5.0/24",
    "Vultr prefix 2001:500:2f::/48",
    "Vultr order",
    "Vultr servers",
    "Vultr firewall",
    "ROA 192.5.5.0/24",
    "ROA 2001:500:2f::/48",
  ]);
  expect(new Set(methods)).toEqual(new Set(["GET"]));
});

const bgp = (body: Record<string, unknown>): Record<string, Answer> => ({ "/v2/account/bgp": { body } });
const prefixes = (answer: Answer): Record<string, Answer> => ({ "/v2/account/bgp/prefixes": answer });

describe("what is wrong, or still to come, has its own message and exit status", () => {
  const cases: [name: string, change: Record<string, Answer>, exit: number, found: string | RegExp][] = [
    ["not enabled yet", bgp({ enabled: false }), 3, "waiting Vultr BGP: BGP is not enabled for the account yet."],
    [
      "another AS number",
      bgp({ enabled: true, asn: 64512, password: "abcdefgh12345678" }),
      1,
      "problem Vultr ASN: Vultr has AS64512 for the account, and anycast:network.asn is AS396982",
    ],
    [
      "no password",
      bgp({ enabled: true, asn: 396982, password: "" }),
      1,
      "problem Vultr password: There is no BGP password.",
    ],
    [
      "a password that TCP MD5 does not take",
      bgp({ enabled: true, asn: 396982, password: "a".repeat(81) }),
      1,
      "problem Vultr password: It has 81 characters, and TCP MD5 takes 80 (RFC 2385).",
    ],
    [
      "a prefix that is not listed",
      prefixes({ body: { prefixes: [{ prefix: "192.5.5.0/24", rpki_status: "valid" }] } }),
      3,
      "waiting Vultr prefix 2001:500:2f::/48: is not on the account's list.",
    ],
    [
      "a prefix that Vultr sees as invalid",
      prefixes({
        body: { prefixes: [{ prefix: "192.5.5.0/24", rpki_status: "invalid" }, { prefix: "2001:500:2f::/48" }] },
      }),
      1,
      "problem Vultr prefix 192.5.5.0/24: is on the account's list, and Vultr sees its RPKI state as 'invalid'",
    ],
    [
      "an API without the list",
      prefixes({ status: 404, body: {} }),
      0,
      "unknown Vultr prefix 192.5.5.0/24: Vultr's API does not tell",
    ],
    [
      "down",
      { "/v2/account/bgp": { status: 503, body: {} } },
      1,
      /problem Vultr BGP: Vultr's API at .* does not answer GET \/v2\/account\/bgp \(status 503\)\. .* Nothing was changed/,
    ],
    [
      "asked too often",
      { "/v2/account/bgp": { status: 429, headers: { "retry-after": "7" }, body: {} } },
      1,
      "problem Vultr BGP: Vultr's API has too many requests from this key (status 429). Run it again in 7 s",
    ],
    ["nonsense", { "/v2/account/bgp": { body: "<html>" } }, 1, /problem Vultr BGP: .*Nothing was changed/],
  ];
  test.each(cases)("%s", async (_name, change, exit, found) => {
    answers = { ...answers, ...change };
    const result = await run();
    expect(result.exit).toBe(exit);
    expect(result.notOk[0]).toMatch(found);
  });

  test("a wrong key", async () => {
    expect((await run({ roas: "roas.json" }, "OTHER")).notOk[0]).toContain(
      "Vultr does not know the API key (status 401: Invalid API token). Set the present one",
    );
  });

  test("nobody there", async () => {
    server.closeAllConnections();
    const url = apiUrl();
    await new Promise((closed) => server.close(closed));
    let printed = "";
    const exit = await preflight(
      { stack: "prod", json: true },
      { VULTR_API_KEY: "KEY", VULTR_API_URL: url },
      (text) => (printed += text),
    );
    expect(exit).toBe(1);
    expect(printed).toMatch(
      /Vultr's API at http:\/\/127\.0\.0\.1:\d+ does not answer GET \/v2\/account\/bgp \(.*ECONNREFUSED.*\)\. .*Nothing was changed/,
    );
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  });
});

describe("ROAs", () => {
  const cases: [name: string, roas: unknown, exit: number, found: string][] = [
    ["none", { roas: [ROAS.roas[1]] }, 0, "warning ROA 192.5.5.0/24: there is none: anyone may announce the prefix"],
    [
      "none at all",
      { roas: [] },
      1,
      "problem ROA: the ROAs could not be read from roas.json: its list `roas` is empty",
    ],
    [
      "another origin",
      { roas: [{ asn: 64512, prefix: "192.5.0.0/16", maxLength: 24 }, ROAS.roas[1]] },
      1,
      "problem ROA 192.5.5.0/24: other networks would reject what ams, ewr, sgp announce (RPKI invalid): the origin is AS396982, and there is 192.5.0.0/16-24 AS64512.",
    ],
    [
      "a loose maxLength",
      { roas: [ROAS.roas[0], { asn: 396982, prefix: "2001:500:2f::/48", maxLength: 64 }] },
      0,
      "warning ROA 2001:500:2f::/48: allows longer prefixes than are announced, which others could announce",
    ],
    ["another form", { vrps: [] }, 1, "problem ROA: the ROAs could not be read from roas.json: it has no list `roas`"],
  ];
  test.each(cases)("%s", async (_name, roas, exit, found) => {
    writeFileSync("roas.json", JSON.stringify(roas));
    const result = await run();
    expect(result.exit).toBe(exit);
    expect(result.notOk[0]).toContain(found);
  });

  test("from a URL", async () => {
    answers = { ...answers, "/rpki.json": { body: ROAS } };
    // The source asks for no key: this server answers only with one.
    expect((await run({ roas: `${apiUrl()}/rpki.json` })).notOk[0]).toContain("status 401");
  });

  test("no source is said, and is no failure", async () => {
    expect(await run({})).toMatchObject({
      exit: 0,
      notOk: ["unknown ROA: was not checked: name a source in rpki.vrps, or with --roas FILE or URL"],
    });
  });

  test("the stack's own source is asked when none is named", async () => {
    stack({ ...NETWORK, rpki: { vrps: "roas.json", origin: 20473 } });
    expect(await run({})).toMatchObject({
      exit: 1,
      notOk: [
        expect.stringContaining("the origin is AS20473, and there is 192.5.5.0/24-24 AS396982"),
        expect.stringContaining("the origin is AS20473, and there is 2001:500:2f::/48-48 AS396982"),
      ],
    });
    writeFileSync("other.json", JSON.stringify({ roas: ROAS.roas.map((roa) => ({ ...roa, asn: 20473 })) }));
    expect(await run({ roas: "other.json" })).toMatchObject({ exit: 0, notOk: [] });
  });
});

const machine = (id: string, hostname: string, tags: string[]) => ({
  id,
  hostname,
  region: hostname,
  plan: "vc2-1c-2gb",
  os_id: 2136,
  status: "active",
  main_ip: "192.0.2.7",
  tags: ["pulumi-anycast", `resource.anycast-${hostname}-host`, ...tags],
});
const OWN = "stack.anycast.prod";
const site = (name: string) => ({
  urn: `urn:pulumi:prod::anycast::anycast:index:AnycastNetwork$anycast:index:AnycastSite::anycast-${name}`,
  type: "anycast:index:AnycastSite",
});
const host = (name: string, id: string) => ({
  urn: `urn:pulumi:prod::anycast::anycast:index:AnycastSite$anycast-vultr:index:Instance::anycast-${name}-host`,
  type: "anycast-vultr:index:Instance",
  id,
});
const found = async (servers: object[], resources: Parameters<typeof state>[0]): Promise<string[]> => {
  answers["/v2/instances"] = list("instances", servers);
  state(resources);
  const { exit, findings } = await run();
  expect(exit).toBe(0);
  return findings.filter(({ check }) => check === "Vultr servers").map(({ status, message }) => `${status} ${message}`);
};

describe("servers with the stack's tags that the stack does not have", () => {
  test("those that it has, and those of other stacks, are no matter", async () => {
    const servers = [machine("1", "ams", [OWN]), machine("2", "ams", ["stack.anycast.staging"])];
    expect(await found(servers, [host("ams", "1")])).toEqual([
      "ok the stack has all of those with its tags (beside 1 of anycast.staging)",
    ]);
  });

  test("each has its price and what to do about it", async () => {
    const mark = "0123456789abcdef0123456789abcdef";
    const servers = [
      machine("1", "ams", [OWN]),
      machine("2", "ams", [OWN]),
      machine("3", "ewr", [OWN, `anycast-${mark}`]),
      machine("4", "lhr", [OWN]),
      machine("5", "ewr", [OWN, `anycast-unfinished-${mark}`]),
    ];
    const has = "has this stack's tags, and the stack does not have it.";
    expect(await found(servers, [host("ams", "1"), site("ewr")])).toEqual([
      `warning ams: server 2 (vc2-1c-2gb, $10 a month) ${has} Delete it at Vultr: the stack has another server for the site`,
      `warning ewr: server 3 (vc2-1c-2gb, $10 a month) ${has} Import it: pulumi import --stack prod --protect=false --generate-code=false --parent 'site=${site("ewr").urn}' anycast-vultr:index:Instance anycast-ewr-host 3`,
      `warning lhr: server 4 (vc2-1c-2gb, $10 a month) ${has} Delete it at Vultr: the stack file has no such site`,
      `warning ewr: server 5 (vc2-1c-2gb, $10 a month) ${has} Its creation broke off: the next 'pulumi up' finishes it`,
    ]);
  });

  test("the new server of a replacement that broke off", async () => {
    const servers = [
      machine("1", "ams", [OWN, "anycast-0123456789abcdef"]),
      machine("2", "ams", [OWN, "anycast-unfinished-0123456789abcdef"]),
    ];
    expect(await found(servers, [host("ams", "1"), site("ams")])).toEqual([
      "warning ams: server 2 (vc2-1c-2gb, $10 a month) has this stack's tags, and the stack does not have it. A replacement that broke off has left it: repeat that one, which takes it up, or delete it: " +
        'curl -X DELETE -H "Authorization: Bearer $VULTR_API_KEY" https://api.vultr.com/v2/instances/2',
    ]);
  });

  test("of a lost state, the way back", async () => {
    expect((await found([machine("3", "ewr", [OWN])], []))[0]).toContain(
      "Take it back into the state: npx anycast preflight --stack prod --adopt",
    );
  });
});

test("more firewall rules than a group takes", async () => {
  const from = Array.from({ length: 45 }, (_, index) => `198.51.${index}.0/24`);
  stack({ ...NETWORK, management: { from } });
  expect((await run()).notOk).toEqual([
    expect.stringContaining(
      "problem Vultr firewall: anycast:network: Vultr's firewall in front of the hosts would need 53 rules, and a group takes 50.",
    ),
  ]);
});

test("waiting can be run again from: what is to be asked for by hand, and the letter to sign", async () => {
  answers = { ...answers, "/v2/account/bgp": { body: { enabled: false } } };
  const result = await run({ roas: "roas.json", loa: "loa.txt" });
  expect(result.exit).toBe(3);
  expect(result.byHand["Vultr"]).toHaveLength(3);
  const letter = readFileSync("loa.txt", "utf8");
  for (const part of ["AS396982", "192.5.5.0/24", "2001:500:2f::/48", "Signature", "AS20473"])
    expect(letter).toContain(part);
  answers = { ...answers, "/v2/account/bgp": BGP };
  expect((await run()).exit).toBe(0);
});

test("a stack that there is not, and a key that is not set, are one message each", async () => {
  await expect(preflight({ stack: "prd" }, {}, console.log)).rejects.toThrow(
    "There is no stack 'prd' (no file stacks/Pulumi.prd.yaml); did you mean 'prod'? There are: prod",
  );
  await expect(preflight({ stack: "prod" }, {}, console.log)).rejects.toThrow(
    "VULTR_API_KEY is not set, and stack prod has hosts at Vultr",
  );
});
