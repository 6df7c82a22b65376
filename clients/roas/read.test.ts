import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parsePrefix, type Prefix } from "../../model/ip.ts";
import { readRoas } from "./read.ts";

const PREFIXES = ["203.0.113.0/24", "2001:db8:53::/48"].map((text) => parsePrefix(text) as Prefix);

let folder: string;
let server: Server;
let answer: RequestListener;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "anycast-roas-"));
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
});

afterEach(async () => {
  rmSync(folder, { recursive: true });
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/vrps.json`;

function file(content: unknown): string {
  const path = join(folder, "vrps.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

async function failureOf(source: string, limits?: Parameters<typeof readRoas>[2]): Promise<string> {
  const read = await readRoas(source, PREFIXES, limits);
  if (!("failure" in read)) throw new Error("it was read");
  return read.failure;
}

describe("the formats of validators", () => {
  const v4 = { prefix: "203.0.113.0/24", maxLength: 24 };
  const MADE = Date.parse("2026-05-01T08:04:49Z");
  const cases: [name: string, content: object, made: number | undefined][] = [
    [
      "rpki-client",
      {
        metadata: { buildmachine: "x", buildtime: "2026-05-01T08:04:49Z", vrps: 2 },
        roas: [{ asn: 64500, ...v4, ta: "ripe", expires: 4_000_000_000 }],
        bgpsec_keys: [],
        aspas: [{ customer_asid: 64500, expires: 1, providers: [1] }],
      },
      MADE,
    ],
    [
      "Routinator",
      {
        metadata: { generated: MADE / 1000, generatedTime: "2026-05-01T08:04:49Z" },
        roas: [{ asn: "AS64500", ...v4, ta: "ripe" }],
      },
      MADE,
    ],
    [
      "Routinator's jsonext",
      {
        metadata: { generatedTime: "2026-05-01T08:04:49Z" },
        roas: [{ asn: "AS64500", ...v4, source: [{ type: "roa", validity: { notBefore: "x" } }] }],
        routerKeys: [],
      },
      MADE,
    ],
    [
      "GoRTR, after its list",
      { roas: [{ asn: "64500", ...v4 }], metadata: { generated: MADE / 1000, valid: 1 } },
      MADE,
    ],
    ["no metadata", { roas: [{ asn: "as64500", ...v4 }] }, undefined],
    ["other metadata", { roas: [{ asn: "as64500", ...v4 }], metadata: { buildtime: "yesterday" } }, undefined],
  ];
  test.each(cases)("%s", async (_name, content, made) => {
    expect(await readRoas(file(content), PREFIXES)).toMatchObject({
      source: join(folder, "vrps.json"),
      count: 1,
      made,
      vrps: [{ prefix: PREFIXES[0], maxLength: 24, asn: 64500 }],
      expired: [],
    });
  });
});

test("what covers a prefix is kept, in whatever form it is written, and what has expired apart from it", async () => {
  const asn = 64500;
  const roas = [
    { asn, prefix: "203.0.113.0/24", maxLength: 24, expires: 1_000_000_000 },
    { asn, prefix: "203.0.0.0/16", maxLength: 24 },
    { asn, prefix: "0.0.0.0/0", maxLength: 0 },
    { asn, prefix: "::/0", maxLength: 0 },
    { asn, prefix: "2001:0DB8::/32", maxLength: 48 },
    { asn, prefix: "2001:db8:54::/48", maxLength: 48 },
    { asn, prefix: "203.0.113.0/25", maxLength: 25 },
    { asn, prefix: "203.0.114.0/24", maxLength: 24 },
    { asn, prefix: "20.0.0.0/8", maxLength: 24 },
  ];
  const read = await readRoas(file({ roas }), PREFIXES);
  if ("failure" in read) throw new Error(read.failure);
  expect(read.count).toBe(9);
  expect(read.vrps.map(({ prefix }) => prefix.cidr)).toEqual(["203.0.0.0/16", "0.0.0.0/0", "::/0", "2001:db8::/32"]);
  expect(read.expired.map(({ prefix }) => prefix.cidr)).toEqual(["203.0.113.0/24"]);
});

describe("a source without an answer says why", () => {
  const good = { asn: 64500, prefix: "198.51.100.0/24", maxLength: 24 };
  test.each([
    ["<html>no</html>", "it is no JSON object"],
    [{ vrps: [] }, "it has no list `roas`"],
    [{ roas: [] }, "its list `roas` is empty, as of a validator that has not finished"],
    ['{"roas": [{"asn": 64500, "prefix": "198.51.100.0/24", "maxLength": 24}', "it ends in the middle"],
    ['{"roas": [{"asn" 64500}]}', "entry 1 of `roas` is no {prefix, maxLength, asn}: it is no JSON"],
    [{ roas: [good, { ...good, asn: "RIPE" }] }, "entry 2 of `roas` is no {prefix, maxLength, asn}: asn: "],
    [
      { roas: [good, { ...good, prefix: "203.0.113.1/24" }] },
      'entry 2 of `roas` is no {prefix, maxLength, asn}: "203.0.113.1/24" is no prefix',
    ],
  ])("%j", async (content, why) => {
    const failure = await failureOf(file(content));
    expect(failure).toContain(`the ROAs could not be read from ${join(folder, "vrps.json")}: ${why}`);
    expect(failure).toContain("A source is the JSON of rpki-client, Routinator or StayRTR, a file or a URL");
  });

  test("no file, and a folder", async () => {
    expect(await failureOf(join(folder, "none.json"))).toContain("none.json: no such file or directory. A source");
    expect(await failureOf(folder)).toContain(": illegal operation on a directory. A source");
  });

  test("a server's refusal", async () => {
    answer = (_request, response) => response.writeHead(503).end("<html>");
    expect(await failureOf(url())).toContain(`read from ${url()}: status 503. A source`);
  });

  test("nobody there", async () => {
    const gone = url();
    await new Promise((closed) => server.close(closed));
    expect(await failureOf(gone)).toContain("ECONNREFUSED");
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  });

  test("a connection that breaks off", async () => {
    answer = (_request, response) => {
      response.write('{"roas": [');
      setTimeout(() => response.destroy(), 10);
    };
    expect(await failureOf(url())).toMatch(/read from .*: (other side closed|terminated)/);
  });

  test("one that never ends", async () => {
    answer = (_request, response) => void response.write('{"roas": [');
    expect(await failureOf(url(), { timeoutMs: 200, octets: 1e6 })).toContain("was not read to its end within 0.2 s");
  });

  test("one that is larger than any", async () => {
    answer = (_request, response) =>
      void Readable.from(
        (function* () {
          yield '{"roas": [';
          for (;;) yield " ".repeat(65_536);
        })(),
      ).pipe(response);
    expect(await failureOf(url(), { timeoutMs: 60_000, octets: 2 * 1024 * 1024 })).toContain("it has more than 2 MiB");
  });
});

test("a packed answer is unpacked", async () => {
  answer = (_request, response) =>
    response
      .writeHead(200, { "content-encoding": "gzip" })
      .end(gzipSync(JSON.stringify({ roas: [{ asn: 1, prefix: "203.0.113.0/24", maxLength: 24 }] })));
  expect(await readRoas(url(), PREFIXES)).toMatchObject({ count: 1, vrps: [{ asn: 1 }] });
});

/** One of many, as rpki-client writes it. */
const entry = (index: number): string =>
  `\t\t{ "asn": ${index}, "prefix": "${1 + (index % 220)}.${(index >> 8) % 256}.${index % 256}.0/24", "maxLength": 24, "ta": "ripe", "expires": 4000000000 }`;

test("the world's 400,000 payloads neither fill the memory nor stop what else goes on", async () => {
  answer = (_request, response) =>
    void Readable.from(
      (function* () {
        yield '{\n\t"metadata": { "buildtime": "2026-05-01T08:04:49Z" },\n\n\t"roas": [\n';
        for (let index = 0; index < 400_000; index += 1000)
          yield `${Array.from({ length: 1000 }, (_, more) => entry(index + more)).join(",\n")},\n`;
        yield '\t\t{ "asn": 64500, "prefix": "203.0.113.0/24", "maxLength": 24 }\n\t]\n}\n';
      })(),
    ).pipe(response);
  let beats = 0;
  const heart = setInterval(() => (beats += 1), 10);
  const before = process.memoryUsage().rss;
  const read = await readRoas(url(), PREFIXES);
  clearInterval(heart);
  expect(read).toMatchObject({ count: 400_001, vrps: [{ asn: 64500 }] });
  expect(beats).toBeGreaterThan(20);
  expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
}, 60_000);
