import * as fc from "fast-check";
import { expect, it } from "vitest";
import { HOST } from "./network-arbitrary.ts";
import { routerId } from "./router-id.ts";

it("is the host's IPv4 address", () => {
  expect(routerId(HOST)).toBe("192.0.2.10");
});

it("on a host with IPv6 alone is made from that: valid, stable, different for different hosts", () => {
  const host = { ...HOST, ipv4: undefined };
  expect(routerId(host)).toBe("96.197.241.115");
  fc.assert(
    fc.property(fc.ipV6(), (ipv6) => {
      expect(routerId({ ...host, ipv6 })).toMatch(/^([1-9]|[1-9]\d|1\d\d|2[01]\d|22[0-3])(\.\d{1,3}){3}$/);
    }),
  );
  expect(routerId({ ...host, ipv6: "2001:db8:1::11" })).not.toBe(routerId(host));
});

it("cannot be made from nothing", () => {
  expect(() => routerId({ ...HOST, ipv4: undefined, ipv6: undefined })).toThrow("neither an IPv4 nor an IPv6 address");
});
