import { expect, test } from "vitest";
import { expiredSince } from "./zone-signatures.ts";

const NOW = Date.UTC(2026, 5, 1);
const signature = (type: string, until: string): string =>
  `@ 60 IN RRSIG ${type} 13 2 60 ${until} 20260101000000 62940 example.net. JYUk==\n`;

test.each<[string, string, string | undefined]>([
  ["without signatures", "@ SOA ns1 host 1 2 3 4 5\n@ NS ns1\n", undefined],
  ["with valid ones", signature("SOA", "20260701000000") + signature("NS", "20260702000000"), undefined],
  ["with expired ones", signature("SOA", "20260201000000"), "2026-02-01T00:00:00.000Z"],
  [
    "with an old signature beside a new one",
    signature("SOA", "20260201000000") + signature("SOA", "20260701000000"),
    undefined,
  ],
  [
    "of which one type was not signed anew",
    signature("SOA", "20260701000000") + signature("NS", "20260201030405"),
    "2026-02-01T03:04:05.000Z",
  ],
  ["with seconds since 1970", signature("SOA", "1769904000"), "2026-02-01T00:00:00.000Z"],
  [
    "in lines of their own",
    "@ RRSIG SOA 13 2 60 (\n  20260201000000 20260101000000 1 a. x )\n",
    "2026-02-01T00:00:00.000Z",
  ],
])("a zone %s", (_, zone, since) => {
  expect(expiredSince(zone, NOW)).toBe(since);
});
