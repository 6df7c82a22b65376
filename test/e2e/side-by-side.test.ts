import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { labAt } from "../../lab/folder.ts";
import { Checkout, must } from "./checkout.ts";
import { expectPredicted, network, sitesOf } from "./network.ts";

/** Everything with the name of a checkout's lab in it that the machine still knows. */
function leftovers(checkout: Checkout): string[] {
  const folder = join(checkout.folder, ".lab");
  const { id } = labAt(folder);
  const namespaces = readdirSync("/run/netns").filter((name) => name.includes(id));
  const interfaces = readdirSync("/sys/class/net").filter((name) => name.includes(id));
  const mounts = readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .filter((line) => line.includes(folder) || line.includes(`lab-${id}`));
  const processes = readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`lab-${id}-`);
    } catch {
      return false; // It ended.
    }
  });
  return [...namespaces, ...interfaces, ...mounts, ...processes, ...(existsSync(folder) ? [folder] : [])];
}

test("two checkouts have a lab each, and neither disturbs the other", async () => {
  const [one, two] = await Promise.all([Checkout.create("one"), Checkout.create("two")]);
  try {
    one.configure(network(["fra", "nyc"]));
    two.configure(network(["fra", "syd"]));
    const [first, second] = await Promise.all([one.lab(), two.lab()]);
    must(first);
    must(second);
    expectPredicted(await one.query(), ["client-fra", "client-nyc"]);
    expectPredicted(await two.query(), ["client-fra", "client-syd"]);

    must(await one.lab("fail", "service-crash", "fra"));
    expect(sitesOf(await two.query(), "client-fra")).toEqual(new Set(["fra"]));

    must(await one.lab("down"));
    expect(leftovers(one)).toEqual([]);
    expectPredicted(await two.query(), ["client-fra", "client-syd"]);
  } finally {
    await Promise.all([one.dispose(), two.dispose()]);
  }
  expect([...leftovers(one), ...leftovers(two)]).toEqual([]);
});

test("`down` also removes what a killed `npm run lab` left", async () => {
  const checkout = await Checkout.create("killed");
  try {
    checkout.configure(network(["fra", "nyc"]));
    const running = checkout.start();
    const { id } = labAt(join(checkout.folder, ".lab"));
    while (!readdirSync("/run/netns").some((name) => name.includes(`${id}-site-`))) {
      expect(running.exitCode).toBeNull();
      await new Promise((wake) => setTimeout(wake, 50));
    }
    running.kill("SIGKILL");
    await running;
    must(await checkout.lab("down"));
    expect(leftovers(checkout)).toEqual([]);
  } finally {
    await checkout.dispose();
  }
});
