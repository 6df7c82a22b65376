import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { labEnvironment } from "../../tools/setup/environment.ts";
import { Checkout, eventually, must } from "./checkout.ts";
import { expectPredicted, network, sitesOf } from "./network.ts";

const madeSchema = z.object({ address: z.string(), hostKey: z.string(), ipv4: z.string(), ipv6: z.string() });

let checkout: Checkout;
let empty: string;

beforeAll(async () => {
  empty = mkdtempSync(join(tmpdir(), "anycast-program-"));
  checkout = await Checkout.create("existing");
  checkout.configure(network(["fra", "nyc"]));
  must(await checkout.lab());
});

afterAll(async () => {
  await checkout.dispose();
  rmSync(empty, { recursive: true, force: true });
});

/** A Debian host at a region, as somebody else would have made it: the lab's, and no site of the stack. */
async function makeHost(region: string): Promise<z.output<typeof madeSchema>> {
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
  return madeSchema.parse(JSON.parse(stdout));
}

/** How such a host stands in the configuration. */
function existing({ address, hostKey, ipv4, ipv6 }: z.output<typeof madeSchema>, latitude: number, longitude: number) {
  const location = { latitude, longitude };
  return { provider: "existing", profile: "vultr", location, address, hostKey, ipv4, ipv6 } as const;
}

function bgpPassword(): string {
  return (JSON.parse(checkout.read(".lab/account.json")) as { bgpPassword: string }).bgpPassword;
}

test("a host that somebody else made becomes a site, by SSH alone, and is left as it was when the site goes", async () => {
  const made = await makeHost("ams");
  const original = must(
    await checkout.exec("site-ams", "sha256sum", "/etc/bird/bird.conf", "/etc/knot/knot.conf"),
  ).stdout;

  const two = network(["fra", "nyc"]);
  const host = existing(made, 52.37, 4.9);
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

function seconds(from: number, to: number): string {
  return ((to - from) / 1000).toFixed(1);
}

test("the README's program in an empty folder, with the packed package: clients are answered", async () => {
  await execa("npm", ["pack", "--pack-destination", empty], { cwd: checkout.folder });
  const tarball = join(empty, readdirSync(empty).find((file) => file.endsWith(".tgz")) ?? "");
  const [lon, par] = [await makeHost("lon"), await makeHost("par")];
  const program = join(empty, "program");
  cpSync(join(checkout.folder, "examples/minimal"), program, { recursive: true });
  rmSync(join(program, "package.json"));
  writeFileSync(join(program, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const config = {
    "anycast:sites": { lon: { host: existing(lon, 51.51, -0.13) }, par: { host: existing(par, 48.86, 2.35) } },
    "anycast:sshPrivateKey": checkout.read(".lab/ssh/id_ed25519"),
    "anycast:bgpPasswords": { vultr: bgpPassword() },
  };
  writeFileSync(join(program, "Pulumi.dev.yaml"), JSON.stringify({ config }));
  const state = join(empty, "state");
  mkdirSync(state);
  const options = {
    cwd: program,
    env: { ...(await labEnvironment(join(checkout.folder, ".lab"))), PULUMI_BACKEND_URL: `file://${state}` },
  };
  const start = performance.now();
  const packages = [tarball, "@pulumi/pulumi@3.248.0", "tsx@4.23.15"];
  // Without scripts: that of the command plugin would download the official one in the place of the lab's.
  await execa(
    "npm",
    ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", ...packages],
    options,
  );
  const installed = performance.now();
  await execa("pulumi", ["stack", "init", "dev", "--non-interactive"], options);
  await execa("pulumi", ["up", "--yes", "--skip-preview", "--non-interactive"], options);
  await eventually(20, async () => {
    expect(sitesOf(await checkout.query(), "client-lon")).toEqual(new Set(["lon"]));
  });
  const now = performance.now();
  console.log(
    `from npm install to the first answer: ${seconds(start, now)} s, of which npm install ${seconds(start, installed)} s`,
  );
});
