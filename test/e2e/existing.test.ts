import { execa } from "execa";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { Checkout, must } from "./checkout.ts";
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

/** Stays when the stack's other secrets go: the site that is taken away has to hear the others. */
const HEARTBEAT_KEY = Buffer.alloc(32, 7).toString("base64");

test("a host that somebody else made becomes a site, by SSH alone, and is left as it was when the site goes", async () => {
  const host = await otherHost();
  const original = must(
    await checkout.exec("site-ams", "sha256sum", "/etc/bird/bird.conf", "/etc/knot/knot.conf"),
  ).stdout;

  const two = network(["fra", "nyc"]);
  checkout.configure({ ...two, sites: { ...two.sites, ams: { host } } });
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
