import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { inventorySchema } from "../../model/inventory.ts";
import { examples } from "./example.ts";

const copy = examples();

/** Only whether it is done is of interest here, not for how long each site is watched. */
function briefly(program: string): string {
  return program.replace("asn: 64500,", 'rollout: { soak: "100 ms" }, asn: 64500,');
}

test("in an empty folder, the packed package and the documentation's program bring three sites up", async () => {
  const minimal = await copy({ name: "minimal", prefixes: ["203.0.113.0/24", "2001:db8:53::/48"] });
  await minimal.edit("index.ts", briefly);
  const start = performance.now();
  await minimal.install();
  await minimal.makeStack("dev");
  const up = minimal.up("dev");
  const answered = vi.waitFor(
    async () => {
      expect(await minimal.siteFor("client-ams", "203.0.113.53")).toBe("ams");
      console.log(`from npm install to the first answer: ${((performance.now() - start) / 1000).toFixed(1)} s`);
    },
    { timeout: 200_000 },
  );
  const [printed] = await Promise.all([up, answered]);
  expect(printed).toMatch(/Resources:\n {4}\+ \d+ created/);
  await vi.waitFor(
    async () =>
      expect(await minimal.catchment(["203.0.113.53", "2001:db8:53::53"])).toEqual(new Set(["ams", "ewr", "sgp"])),
    { timeout: 20_000 },
  );
});

test("one site by hand in a bigger program: it installs its service, and stacks of two sites know of each other", async () => {
  const oneSite = await copy({ name: "one-site", prefixes: ["203.0.113.0/24"] });
  await oneSite.edit("index.ts", briefly);
  await oneSite.install();
  const deploy = async (site: string, others: Record<string, string>): Promise<void> => {
    const file = join(oneSite.folder, `Pulumi.${site}.yaml`);
    await writeFile(file, stringify({ config: { "edge:site": site, "edge:others": others } }));
    await oneSite.makeStack(site);
    await oneSite.up(site);
  };
  await deploy("ams", {});
  await deploy("ewr", { ams: "organization/anycast/ams" });

  const page = "fetch('http://203.0.113.80/').then((answer) => answer.text()).then(console.log)";
  for (const site of ["ams", "ewr"])
    await oneSite.in(`site-${site}`, "sh", "-c", `echo nginx at ${site} > /var/www/html/index.html`);
  for (const [client, site] of [
    ["client-ams", "ams"],
    ["client-nyc", "ewr"],
  ] as const)
    await vi.waitFor(async () => expect(await oneSite.in(client, "node", "-e", page)).toBe(`nginx at ${site}\n\n`), {
      timeout: 20_000,
    });

  const { sites } = inventorySchema.parse(await oneSite.output("ewr", "inventory"));
  expect(Object.keys(sites).toSorted()).toEqual(["ams", "ewr"]);
  expect(JSON.parse(await readFile(join(oneSite.folder, "monitoring.json"), "utf8"))).toMatchObject({ name: "ewr" });
});
