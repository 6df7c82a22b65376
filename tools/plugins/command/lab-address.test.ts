import { expect, test } from "vitest";
import { isLabAddress, refusal } from "./lab-address.ts";

test.each([
  ["198.18.0.0", true],
  ["198.19.255.255", true],
  ["127.0.0.1", true],
  ["127.1.2.3", true],
  ["::1", true],
  ["::ffff:198.18.0.1", true],
  ["198.17.255.255", false],
  ["198.20.0.0", false],
  ["8.8.8.8", false],
  ["10.0.0.1", false],
  ["192.168.1.1", false],
  ["169.254.169.254", false],
  ["0.0.0.0", false],
  ["::", false],
  ["2001:db8::1", false],
  ["::ffff:8.8.8.8", false],
  ["fe80::1%eth0", false],
  ["localhost", false],
  ["example.net", false],
  ["198.18.0.1.example.net", false],
  ["127.1", false],
  ["0x7f000001", false],
  ["", false],
])("%s: %s", (host, expected) => {
  expect(isLabAddress(host)).toBe(expected);
});

test("the refusal names the host and what to do", () => {
  expect(refusal("192.0.2.7")).toMatch(/connect to 192\.0\.2\.7: this is the lab's stand-in .*Install the official/);
});
