import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { renderStack } from "./render.ts";
import { readRendered, writeRendered } from "./rendered.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "anycast-rendered-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("the lab's stack is rendered without a host, and read back as it was written", () => {
  const rendered = renderStack("lab", {});
  expect(rendered.network.prefixes["203.0.113.0/24"]).toEqual({ active: ["fra", "nyc", "sin"], drained: [] });
  expect(rendered.sites["fra"]?.["/etc/bird/bird.conf"]).toContain("router id 192.0.2.1;");
  expect(JSON.stringify(rendered)).not.toContain("define password");
  writeRendered(folder, rendered);
  expect(readRendered(folder)).toEqual(rendered);
});

test("stacks with clouds are rendered, too", () => {
  const { sites } = renderStack("prod", { ANYCAST_REHEARSAL: "1" });
  expect(Object.keys(sites)).toHaveLength(11);
  expect(sites["ber"]?.["/etc/bird/bird.conf"]).toContain("router id 198.51.100.7;");
});

test("a second run leaves nothing of the first one", () => {
  const { network } = renderStack("lab", {});
  writeRendered(folder, { network, sites: { fra: { "/a": "1" }, nyc: { "/a": "1" } } });
  writeRendered(folder, { network, sites: { fra: { "/b": "2" } } });
  expect(readRendered(folder)).toEqual({ network, sites: { fra: { "/b": "2" } } });
});

test("a folder with something else in it is left alone", () => {
  writeFileSync(join(folder, "thesis.txt"), "");
  expect(() => writeRendered(folder, renderStack("lab", {}))).toThrow("has files that are not of 'anycast render'");
  expect(() => readRendered(folder)).toThrow("is none of 'anycast render'");
});
