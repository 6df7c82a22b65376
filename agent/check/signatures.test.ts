import * as dns from "dns-packet";
import { expect, test } from "vitest";
import { agentCheckSchema } from "../../model/agent-config.ts";
import { finding, findingOf, udpServer } from "../testing/loopback.ts";
import { makeCheck } from "./make.ts";

const DAY_S = 86_400;

function answersOf(name: string, days: number | undefined, type = "SOA"): dns.Answer[] {
  const data = { mname: "ns1", rname: "host", serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 };
  const soa: dns.Answer = { type: "SOA", name, data };
  if (days === undefined) return [soa];
  const expiration = Math.floor(Date.now() / 1000 + days * DAY_S);
  const signature = { typeCovered: type, algorithm: 13, labels: 2, originalTTL: 60, expiration, inception: 0 };
  return [
    soa,
    {
      type: "RRSIG",
      name: name.toUpperCase(),
      data: { ...signature, keyTag: 1, signersName: name, signature: Buffer.from("x") },
    },
  ];
}

/** A server of zones: name → days until its signatures expire, or undefined for one that is not signed. Signatures only for who asks for them. */
async function server(zones: Record<string, number | undefined>): Promise<number> {
  return udpServer((datagram) => {
    const { id, questions, additionals } = dns.decode(datagram);
    const name = questions?.[0]?.name ?? "";
    const isAsked = additionals?.some((each) => each.type === "OPT" && each.flag_do) === true;
    const answers = !(name in zones) ? [] : answersOf(name, isAsked ? zones[name] : undefined);
    const flags = dns.AUTHORITATIVE_ANSWER | (name in zones ? 0 : 5);
    return [dns.encode({ type: "response", id, flags, questions, answers })];
  });
}

const zones = (port: number, names: string[], signatureDays?: number) =>
  ({
    kind: "zones",
    address: "127.0.0.1",
    port,
    names,
    ...(signatureDays === undefined ? {} : { signatureDays }),
  }) as const;

test.each<[number | undefined, string]>([
  [10, "healthy"],
  [6.5, "the signatures are valid for 6 more days, fewer than 7"],
  [-1, "the signatures have expired"],
  [undefined, "the answer is not signed"],
])("a DNS check of signatures that are valid for %s days", async (days, found) => {
  const check = {
    kind: "dns",
    address: "127.0.0.1",
    port: await server({ "example.net": days }),
    name: "example.net",
  } as const;
  expect(await finding({ ...check, signatureDays: 7 })).toBe(found);
});

test("zones are healthy, signed or not", async () => {
  const port = await server({ "a.example": undefined, "b.example": 1 });
  expect(await finding(zones(port, ["a.example", "b.example"]))).toBe("healthy");
});

test("all zones are checked in turn, and each failure is reported until it ends", async () => {
  const served: Record<string, number | undefined> = { "a.example": 9, "b.example": -1, "c.example": 2.5 };
  const check = makeCheck(
    agentCheckSchema.parse(zones(await server(served), ["a.example", "b.example", "c.example", "d.example"], 3)),
  );
  const found: string[] = [];
  for (let probe = 0; probe < 4; probe++) found.push(await findingOf(check));
  expect(found).toEqual([
    "healthy",
    "b.example: the signatures have expired",
    "b.example: the signatures have expired; c.example: the signatures are valid for 2 more days, fewer than 3",
    expect.stringMatching(/b.example: .*; c.example: .*; d.example: REFUSED$/),
  ]);
  Object.assign(served, { "b.example": 9, "c.example": 9, "d.example": undefined });
  for (let probe = 0; probe < 3; probe++) await findingOf(check);
  expect(await findingOf(check)).toBe("healthy");
});
