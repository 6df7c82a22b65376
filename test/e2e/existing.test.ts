import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { Checkout, must } from "./checkout.ts";
import { ZONE, expectPredicted, network, sitesOf } from "./network.ts";

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
async function otherHost() {
  const { stdout } = await execa("node_modules/.bin/tsx", ["lab/host.ts", "up"], {
    cwd: checkout.folder,
    input: JSON.stringify({
      site: "ams",
      region: "ams",
      profile: "vultr",
      asn: 64500,
      prefixes: ["203.0.113.0/24", "2001:db8:53::/48"],
    }),
  });
  const { address, hostKey, ipv4, ipv6 } = madeSchema.parse(JSON.parse(stdout));
  const location = { latitude: 52.37, longitude: 4.9 };
  return { provider: "existing", profile: "vultr", location, address, hostKey, ipv4, ipv6 } as const;
}

function bgpPassword(): string {
  return (JSON.parse(checkout.read(".lab/account.json")) as { bgpPassword: string }).bgpPassword;
}

/** Three sites with all that Pulumi's YAML has beside JSON: maps that are merged, hexadecimal numbers, brackets over several lines. */
function merged(host: object): string {
  return `    asn: 0xFBF4
    prefixes: [
    203.0.113.0/24,
    2001:db8:53::/48 # both
    ]
    services: { dns: { kind: dns, addresses: [203.0.113.53, 2001:db8:53::53], zones: { example.net: ${ZONE} } } }
    rollout: { soak: 100 ms }
    sites:
      fra: &site { host: &host { provider: lab, region: fra }, prepend: 0x0 }
      nyc: { <<: *site, host: { <<: *host, region: nyc } }
      ams: { <<: *site, host: ${JSON.stringify(host)} }
`;
}

/** The files of a site by path. */
type Files = Record<string, string>;

/** Every file of a site as 'anycast render' shows it, and as it is on the host, with what stands there for what only the host knows. */
async function shownAndDeployed(site: string): Promise<{ shown: Files; deployed: Files }> {
  const folder = join(checkout.folder, "rendered/sites", site);
  const { addresses, provider } = (await checkout.inventory()).sites[site]!;
  const planned = (content: string): string =>
    content
      .replaceAll(addresses.ipv4!, "192.0.2.1")
      .replaceAll(addresses.ipv6!, "2001:db8::1")
      .replaceAll(/198\.18\.\d+\.0\/22/g, "198.18.0.0/15");
  const [shown, deployed]: [Files, Files] = [{}, {}];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(folder.length);
    const content = must(await checkout.exec(`site-${site}`, "cat", path)).stdout;
    shown[path] = readFileSync(file, "utf8").replace(/\n$/, ""); // as the output of a command has it
    deployed[path] = provider === "existing" ? content : planned(content);
  }
  return { shown, deployed };
}

/** Stays when the stack's other secrets go: the site that is taken away has to hear the others. */
const HEARTBEAT_KEY = Buffer.alloc(32, 7).toString("base64");

test("a host that somebody else made becomes a site, by SSH alone, and is left as it was when the site goes", async () => {
  const host = await otherHost();
  const original = must(
    await checkout.exec("site-ams", "sha256sum", "/etc/bird/bird.conf", "/etc/knot/knot.conf"),
  ).stdout;

  const two = network(["fra", "nyc"]);
  checkout.configure(merged(host));
  await checkout.setSecret("anycast:sshPrivateKey", checkout.read(".lab/ssh/id_ed25519"));
  await checkout.setSecret("anycast:bgpPasswords.ams", bgpPassword());
  await checkout.setSecret("anycast:heartbeatKey", HEARTBEAT_KEY);
  must(await checkout.up());
  await vi.waitFor(
    async () => {
      const rows = await checkout.query();
      expectPredicted(rows, ["client-fra", "client-nyc", "client-ams"]);
      expect(sitesOf(rows, "client-ams")).toEqual(new Set(["ams"]));
    },
    { timeout: 20_000 },
  );

  must(await checkout.anycast("render", "--out", "rendered"));
  for (const site of ["fra", "nyc", "ams"]) {
    const { shown, deployed } = await shownAndDeployed(site);
    expect(Object.keys(shown)).toContain("/etc/bird/bird.conf");
    expect(deployed).toEqual(shown);
  }

  checkout.configure(two);
  await checkout.setSecret("anycast:heartbeatKey", HEARTBEAT_KEY);
  must(await checkout.up());
  expect(must(await checkout.exec("site-ams", "sha256sum", "/etc/bird/bird.conf", "/etc/knot/knot.conf")).stdout).toBe(
    original,
  );
  const left = await checkout.exec(
    "site-ams",
    "sh",
    "-c",
    "find / -xdev -name '*anycast*' -not -path '/proc/*' -not -path /var/lib/anycast; ip -br address show dev lo; ip link show any0; nft list tables",
  );
  expect(left.stdout).not.toMatch(/anycast|203\.0\.113|2001:db8:53/);
  expect(left.output).toContain('"any0" does not exist');
  // A job that waits for the lock must not find another one.
  expect(must(await checkout.exec("site-ams", "ls", "-A", "/var/lib/anycast")).stdout.trim()).toBe("lock");
  await vi.waitFor(
    async () => {
      expect(sitesOf(await checkout.query(), "client-ams")).toEqual(new Set(["fra"]));
    },
    { timeout: 20_000 },
  );
});
