import { join } from "node:path";
import { execa } from "execa";
import { beforeAll, expect, it } from "vitest";
import { FORMATS } from "../../cli/formats/formats.ts";
import { pythonWith } from "../../tools/setup/python.ts";
import { INVENTORY } from "./inventory.ts";
import { read, readerTree } from "./reader-tree.ts";

const OPTIONS = { maintainer: "EXAMPLE-MNT", source: "RIPE", metricsPort: 9479, now: new Date() };

let tree: string;
beforeAll(async () => {
  tree = await readerTree();
}, 300_000);

it("ansible-inventory finds the sites by state, provider and wave", async () => {
  const files = { "inventory.json": FORMATS.ansible(INVENTORY, OPTIONS) };
  const { stdout } = await read(tree, files, ["ansible-inventory", "-i", "inventory.json", "--list"]);
  const listed = JSON.parse(stdout) as Record<string, { hosts?: string[] }> & {
    _meta: { hostvars: Record<string, Record<string, unknown>> };
  };
  expect(listed["state_drained"]?.hosts).toEqual(["nyc"]);
  expect(listed["provider_existing"]?.hosts).toEqual(["syd-2"]);
  expect(listed["wave_2"]?.hosts).toEqual(["nyc", "syd-2"]);
  expect(listed["_meta"].hostvars["fra"]).toMatchObject({ ansible_host: "192.0.2.1", anycast_asn: 64500 });
});

it("promtool takes the targets", async () => {
  const files = {
    "targets.json": FORMATS.prometheus(INVENTORY, OPTIONS),
    "prometheus.yml": "scrape_configs: [{ job_name: anycast, file_sd_configs: [{ files: [targets.json] }] }]\n",
  };
  const { exitCode, all } = await read(tree, files, ["promtool", "check", "config", "prometheus.yml"]);
  expect({ exitCode, all }).toMatchObject({ exitCode: 0 });
  expect(all).toContain("SUCCESS");
  const discovered = await read(tree, files, [
    "promtool",
    "check",
    "service-discovery",
    "--timeout=1s",
    "prometheus.yml",
    "anycast",
  ]);
  expect(discovered.all).toContain('"__address__": "192.0.2.3:9479"');
});

it("named-checkzone takes the records, places on both hemispheres included", async () => {
  const zone = `$ORIGIN sites.example.net.\n@ 3600 IN SOA ns.example.net. noc.example.net. 1 7200 900 1209600 300\n@ 3600 IN NS ns.example.net.\n`;
  const files = { "sites.zone": zone + FORMATS.dns(INVENTORY, OPTIONS) };
  const { exitCode, all } = await read(tree, files, ["named-checkzone", "-D", "sites.example.net", "sites.zone"]);
  expect({ exitCode, all }).toMatchObject({ exitCode: 0 });
  expect(all).toMatch(/^syd-2\.sites\.example\.net\.\s+3600 IN LOC\s+33 52 5\S* S 151 12 32\S* E/m);
});

it("an RTR server takes the ROAs", async () => {
  const files = { "roas.json": FORMATS.roa(INVENTORY, OPTIONS) };
  const { all } = await read(tree, files, [
    "timeout",
    "2",
    "stayrtr",
    "-cache",
    "roas.json",
    "-bind",
    "127.0.0.1:8282",
  ]);
  expect(all).toMatch(/New update \(2 uniques, 2 total prefixes/);
});

/** Reads objects as IRRd reads what is new to it: prints the class, the primary key and the errors of each. */
const IRRD = `
import json, sys
from irrd.rpsl.rpsl_objects import rpsl_object_from_text
objects = [rpsl_object_from_text(text) for text in sys.stdin.read().split("\\n\\n")]
print(json.dumps([[each.rpsl_object_class, each.pk(), each.messages.errors()] for each in objects]))
`;

it("IRRd takes the route objects", async () => {
  const python = await pythonWith("irrd", join(import.meta.dirname, "requirements.txt"));
  const { stdout } = await execa(python, ["-c", IRRD], { input: FORMATS.rpsl(INVENTORY, OPTIONS) });
  expect(JSON.parse(stdout)).toEqual([
    ["route", "203.0.113.0/24AS64500", []],
    ["route6", "2001:DB8:53::/48AS64500", []],
  ]);
}, 300_000);
