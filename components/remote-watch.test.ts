import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RemoteWatch } from "./remote-watch.ts";

const APPLY = {
  site: "fra",
  work: "apply",
  limit: "It takes at most 30 min",
  address: pulumi.output("192.0.2.7"),
  shownAt: undefined,
};

const { info, error } = pulumi.log;
let log: string[];
let display: string[];
let errors: string[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  [log, display, errors] = [[], [], []];
  Object.assign(pulumi.log, {
    info: async (text: string, _at: unknown, _stream: unknown, ephemeral: boolean) =>
      void (ephemeral ? display : log).push(text),
    error: async (text: string) => void errors.push(text),
  });
});

afterEach(() => {
  vi.useRealTimers();
  Object.assign(pulumi.log, { info, error });
});

async function watching(): Promise<RemoteWatch> {
  const watch = new RemoteWatch("net");
  watch.watch("net-fra-apply", APPLY);
  await new Promise((resolve) => APPLY.address.apply(resolve));
  return watch;
}

test("a host that is silent for 20 s is named once in the log, with the limits, and then on the display", async () => {
  const watch = await watching();
  watch.started("net-fra-apply");
  vi.advanceTimersByTime(19_999);
  expect(log).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(log).toEqual([
    "Site 'fra' (192.0.2.7): no answer from apply for 20 s. It takes at most 30 min; a broken connection is noticed after 150 s.",
  ]);
  vi.advanceTimersByTime(40_000);
  expect(log).toHaveLength(1);
  expect(display.map((text) => /for (\d+) s/.exec(text)?.[1])).toEqual(["40", "60"]);
});

test.each([
  ["answers", async (watch: RemoteWatch) => watch.ended("net-fra-apply")],
  ["fails", (watch: RemoteWatch) => watch.failed("net-fra-apply", "x")],
])("a command that %s is not waited for", async (_name, end) => {
  const watch = await watching();
  watch.started("net-fra-apply");
  await end(watch);
  expect(vi.getTimerCount()).toBe(0);
});

test("a failure names site and address; of what is not watched nothing is said", async () => {
  const watch = await watching();
  await watch.failed("net-fra-apply", "ssh: handshake failed: ssh: host key mismatch");
  await watch.failed("net-nyc-apply", "x");
  expect(errors).toEqual([expect.stringMatching(/^Site 'fra' \(192\.0\.2\.7\): apply failed: ssh: .*mismatch\. The/)]);
});

test("without an engine nothing is hooked to a resource", async () => {
  const made = new RemoteWatch("net").over("net-fra-apply", APPLY, (options) => ({ options }) as never);
  expect(made).toEqual({ options: {} });
});
