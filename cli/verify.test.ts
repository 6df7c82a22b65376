import { expect, test } from "vitest";
import { INVENTORY } from "../test/readers/inventory.ts";
import type { Verification } from "../model/verification.ts";
import type { Answer } from "./answer.ts";
import { isAsApplied, verified, verifiedText } from "./verify.ts";

const FRA = INVENTORY.sites["fra"]!;

function answer(changes: Partial<Verification>): Answer<Verification> {
  return { value: { site: "fra", digest: FRA.manifestDigest, drift: [], ...changes } };
}

test("a host that is as it was applied", () => {
  const site = verified(FRA, answer({}));
  expect(isAsApplied(site)).toBe(true);
  expect(verifiedText([site])).toBe("fra: as applied");
});

test("a changed file is named with its host and line, and shown", () => {
  const drift = [{ about: "/etc/bird/bird.conf", problem: "differs", line: 42, diff: "-a\n+b" }];
  const site = verified(FRA, answer({ drift }));
  expect(isAsApplied(site)).toBe(false);
  expect(verifiedText([site])).toBe("fra: /etc/bird/bird.conf:42 differs\n    -a\n    +b");
});

test("another manifest than the inventory's is drift, too", () => {
  const site = verified(FRA, answer({ digest: "f".repeat(64) }));
  expect(isAsApplied(site)).toBe(false);
  expect(verifiedText([site])).toMatch(/^fra: manifest applied last was f{12}, and the inventory has 0{12}/);
});

test("a host that cannot tell is no host without drift", () => {
  const site = verified(FRA, { problem: "SSH to 192.0.2.1: no route" });
  expect(isAsApplied(site)).toBe(false);
  expect(verifiedText([site])).toBe("fra: could not be verified: SSH to 192.0.2.1: no route");
});
