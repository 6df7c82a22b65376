import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RemoteWatch } from "./remote-watch.ts";

const APPLY = { site: "fra", work: "apply", limit: "It takes at most 30 min", shownAt: undefined };

const { info } = pulumi.log;
let log: string[];
let display: string[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  [log, display] = [[], []];
  Object.assign(pulumi.log, {
    info: async (text: string, _at: unknown, _stream: unknown, ephemeral: boolean) =>
      void (ephemeral ? display : log).push(text),
  });
});

afterEach(() => {
  vi.useRealTimers();
  Object.assign(pulumi.log, { info });
});

test("a host that is silent for 20 s is named once in the log, with the limits, and then on the display", () => {
  const watch = new RemoteWatch();
  watch.started("net-fra-apply", "192.0.2.7", APPLY);
  vi.advanceTimersByTime(19_999);
  expect(log).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(log).toEqual([
    "Site 'fra' (192.0.2.7): apply has not answered for 20 s. It takes at most 30 min; a broken connection is noticed after 150 s.",
  ]);
  vi.advanceTimersByTime(40_000);
  expect(log).toHaveLength(1);
  expect(display.map((text) => /for (\d+) s/.exec(text)?.[1])).toEqual(["40", "60"]);
});

test("a command that has answered is not waited for", () => {
  const watch = new RemoteWatch();
  watch.started("net-fra-apply", "192.0.2.7", APPLY);
  watch.ended("net-fra-apply");
  vi.advanceTimersByTime(60_000);
  expect([log, display, vi.getTimerCount()]).toEqual([[], [], 0]);
  expect(watch.unfinished()).toBe("");
});

test("what had not finished when the update breaks off is named with its address, and not a hundred of it", () => {
  const watch = new RemoteWatch();
  watch.started("net-fra-apply", "192.0.2.7", APPLY);
  watch.started("net-nyc-install", "2001:db8::7", { ...APPLY, site: "nyc", work: "install" });
  expect(watch.unfinished()).toContain(
    "finished:\n  Site 'fra' (192.0.2.7): apply\n  Site 'nyc' (2001:db8::7): install\n",
  );
  for (let site = 0; site < 100; site += 1) watch.started(String(site), "192.0.2.8", { ...APPLY, site: String(site) });
  expect(watch.unfinished().split("\n")).toHaveLength(24);
  expect(watch.unfinished()).toContain("\n  and 82 more\n");
});
