import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { z } from "zod";
import { labAt } from "../../lab/folder.ts";
import { rehearsalEnvironment } from "../../lab/pulumi.ts";
import { pack } from "../package/installed.ts";
import { Checkout, eventually, must } from "./checkout.ts";
import { expectPredicted, network, sitesOf } from "./network.ts";

const madeSchema = z.object({ address: z.string(), hostKey: z.string(), ipv4: z.string(), ipv6: z.string() });

let checkout: Checkout;

beforeAll(async () => {
  checkout = await Checkout.create("existing");
  checkout.configure(network(["fra", "nyc"]));
  must(await checkout.lab());
});

afterAll(async () => {
  await checkout.dispose();
});

/** Makes a host, as somebody else would, and tells of it what a user would write into a stack file. */
async function otherHost(region: "ams" | "lon") {
  const { stdout } = await execa("node_modules/.bin/tsx", ["lab/host.ts", "up"], {
    cwd: checkout.folder,
    input: JSON.stringify({
      site: region,
      region,
      profile: "vultr",
      asn: 64500,
      prefixes: ["203.0.113.0/24", "2001:db8:53::/48"],
    }),
  });
  const { address, hostKey, ipv4, ipv6 } = madeSchema.parse(JSON.parse(stdout));
  const location = region === "ams" ? { latitude: 52.37, longitude: 4.9 } : { latitude: 51.51, longitude: -0.13 };
  return { provider: "existing", profile: "vultr", location, address, hostKey, ipv4, ipv6 } as const;
}

function bgpPassword(): string {
  return (JSON.parse(checkout.read(".lab/account.json")) as { bgpPassword: string }).bgpPassword;
}

test("a host that somebody else made becomes a site, by SSH alone, and is left as it was when the site goes", async () => {
  const host = await otherHost("ams");
  const original = must(
    await checkout.exec("site-ams", "sha256sum", "/etc/bird/bird.conf", "/etc/knot/knot.conf"),
  ).stdout;

  const two = network(["fra", "nyc"]);
  checkout.configure({ ...two, sites: { ...two.sites, ams: { host } } });
  await checkout.setSecret("anycast:sshPrivateKey", checkout.read(".lab/ssh/id_ed25519"));
  await checkout.setSecret("anycast:bgpPasswords.ams", bgpPassword());
  must(await checkout.up());
  await eventually(20, async () => {
    const rows = await checkout.query();
    expectPredicted(rows, ["client-fra", "client-nyc", "client-ams"]);
    expect(sitesOf(rows, "client-ams")).toEqual(new Set(["ams"]));
  });

  checkout.configure(two);
  must(await checkout.up());
  expect(must(await checkout.exec("site-ams", "sha256sum", "/etc/bird/bird.conf", "/etc/knot/knot.conf")).stdout).toBe(
    original,
  );
  const left = await checkout.exec(
    "site-ams",
    "sh",
    "-c",
    "find / -xdev -name '*anycast*' -not -path '/proc/*'; ip -br address show dev lo; ip link show any0; nft list tables",
  );
  expect(left.stdout).not.toMatch(/anycast|203\.0\.113|2001:db8:53/);
  expect(left.output).toContain('"any0" does not exist');
  await eventually(20, async () => {
    expect(sitesOf(await checkout.query(), "client-ams")).toEqual(new Set(["fra"]));
  });
});

test("in an empty folder, the packed package and the README's program bring a site up", async () => {
  const folder = await mkdtemp(join(tmpdir(), "anycast-stranger-"));
  try {
    const tarball = await pack(folder);
    const app = join(folder, "app");
    await cp(resolve(import.meta.dirname, "../../examples/minimal"), app, { recursive: true });
    const sites = { ams: { host: await otherHost("ams") }, lon: { host: await otherHost("lon") } };
    await writeFile(join(app, "Pulumi.dev.yaml"), stringify({ config: { "anycast:sites": sites } }));
    // Only whether it is done is of interest here, not for how long.
    const program = await readFile(join(app, "index.ts"), "utf8");
    await writeFile(join(app, "index.ts"), program.replace("asn: 64500,", 'rollout: { soak: "100 ms" }, asn: 64500,'));
    const manifest = JSON.parse(await readFile(join(app, "package.json"), "utf8")) as { dependencies: object };
    const dependencies = { ...manifest.dependencies, "pulumi-anycast": `file:${tarball}` };
    await writeFile(join(app, "package.json"), JSON.stringify({ ...manifest, dependencies }));

    const start = performance.now();
    await execa("npm", ["install", "--no-audit", "--no-fund"], { cwd: app });
    const env = await rehearsalEnvironment(labAt(join(checkout.folder, ".lab")), join(folder, "state"));
    const pulumi = (args: readonly string[], input = "") => execa("pulumi", args, { cwd: app, env, input });
    await pulumi(["stack", "init", "dev", "--non-interactive"]);
    await pulumi(["config", "set", "--secret", "anycast:sshPrivateKey"], checkout.read(".lab/ssh/id_ed25519"));
    await pulumi(["config", "set", "--secret", "--path", "anycast:bgpPasswords.vultr"], bgpPassword());
    const up = pulumi(["up", "--yes", "--skip-preview", "--non-interactive"]);
    const answered = eventually(120, async () => {
      expect(await siteFor("client-ams")).toBe("ams");
      console.log(`from npm install to the first answer: ${((performance.now() - start) / 1000).toFixed(1)} s`);
    });
    const [{ stdout }] = await Promise.all([up, answered]);
    expect(stdout).toMatch(/Resources:\n {4}\+ \d+ created/);
    await eventually(20, async () => {
      const rows = await checkout.query();
      expectPredicted(rows, ["client-fra", "client-nyc", "client-ams", "client-lon"]);
      expect(sitesOf(rows, "client-lon")).toEqual(new Set(["lon"]));
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** The site that answers a client. */
async function siteFor(client: string): Promise<string> {
  const { stdout } = must(
    await checkout.exec(client, "kdig", "@203.0.113.53", "CH", "TXT", "id.server", "+short", "+retry=0"),
  );
  return stdout.trim().replaceAll('"', "");
}
