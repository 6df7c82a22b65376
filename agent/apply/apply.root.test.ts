import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { applyResultSchema, type ApplyResult } from "../../model/manifest.ts";
import { PATHS } from "../../model/paths.ts";
import { bundleAgent } from "../bundle.ts";
import type { Finished } from "../exec.ts";
import type { SiteStatus } from "../status/status.ts";
import { SECRETS, secretsText, siteManifest, zoneText, type ManifestChanges } from "../testing/manifest.ts";
import { SiteHost, until } from "../testing/site-host.ts";
import { contentHash } from "../version.ts";
import { JOBS, NEWEST_JOB } from "./job.ts";

let host: SiteHost;
beforeAll(async () => {
  host = await SiteHost.create();
  await host.storeSecrets(SECRETS, secretsText());
});
afterAll(() => host?.dispose());

const manifest = (changes?: ManifestChanges) => siteManifest(SECRETS, changes);

function result({ status, stdout, stderr }: Finished): ApplyResult {
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return applyResultSchema.parse(JSON.parse(stdout));
}

/** A zone that was signed, for a month that is over. */
function expiredZone(): string {
  const signature = "JYUkOtoMhQPtIiA0KSz9nH9y9ODBNyK4SDxvrYLyeMLi0GKJAZcuwDdiAEjoYIw1GfQv7AS46xUQcPGQJUkv0Q==";
  const key = "zX5dO2HvyEbzBk7ESVmRy7L7a6E0h7y1Tg0O3AX+Qtrmf3C/pfXTrDUwY6kflEuQnQJcmA4OWdVLuIq3IXacDg==";
  const signed = (owner: string, types: readonly string[]): string =>
    types
      .map((type) => `${owner} RRSIG ${type} 13 2 60 20260201000000 20260101000000 62940 example.net. ${signature}\n`)
      .join("");
  // Whole but for the time: of a zone without NSEC, Knot says that first.
  const apex = `@ DNSKEY 257 3 13 ${key}\n@ NSEC ns1 NS SOA RRSIG NSEC DNSKEY\n${signed("@", ["SOA", "NS", "DNSKEY", "NSEC"])}`;
  return zoneText(1, `${apex}ns1 NSEC @ A RRSIG NSEC\n${signed("ns1", ["A", "NSEC"])}`);
}

async function soaSerial(): Promise<string> {
  const { stdout } = await host.exec("kdig", "@203.0.113.53", "+short", "+timeout=1", "+retry=0", "example.net", "SOA");
  return stdout.split(" ")[2] ?? stdout;
}

describe("the first apply", () => {
  test("of a manifest that is cut off does nothing", async () => {
    const before = await host.snapshot();
    const text = JSON.stringify(manifest());
    const finished = await host.execWith(text.slice(0, -1), "sh", PATHS.job, host.bundle, "apply");
    expect(finished).toMatchObject({ status: 1, stdout: "" });
    expect(finished.stderr).toContain("anycast-agent: the manifest on standard input: no complete JSON");
    expect(await host.snapshot()).toBe(before);
  });

  test("that a checker refuses leaves everything as it was", async () => {
    const before = await host.snapshot();
    const finished = await host.apply(manifest({ zone: zoneText(1, "www A 1.2.3.400\n") }));
    expect(finished).toMatchObject({ status: 1, stdout: "" });
    expect(finished.stderr).toContain(
      "anycast-agent: fra: refused by Knot: error: [example.net.] zone loader, error in zone, file '/etc/knot/zones/example.net.zone', line 6 (invalid IPv4 address). Nothing was touched.",
    );
    expect(await host.snapshot()).toBe(before);
  });

  test("of a zone whose signatures have expired is refused", async () => {
    const before = await host.snapshot();
    const finished = await host.apply(manifest({ zone: expiredZone() }));
    expect(finished).toMatchObject({ status: 1, stdout: "" });
    expect(finished.stderr).toMatch(
      /^anycast-agent: fra: refused: the signatures of .*example\.net\.zone expired at 2026-02-01 .*Nothing was touched\.$/m,
    );
    expect(await host.snapshot()).toBe(before);
  });

  test("with a wrong password takes everything away again and says what it looks like", async () => {
    const before = await host.snapshot();
    const wrong = "22222222-2222-4222-8222-222222222222";
    await host.storeSecrets(wrong, secretsText("wrong"));
    const finished = await host.apply(siteManifest(wrong));
    expect(finished).toMatchObject({ status: 1, stdout: "" });
    expect(finished.stderr).toMatch(
      /^anycast-agent: fra: .*session edge4 with 198\.18\.0\.1 \(AS64515\) is not established: .*the password may be wrong/,
    );
    expect(finished.stderr).toContain("Everything is as it was before.");
    expect(await host.snapshot()).toBe(before);
    expect((await host.exec("ip", "-br", "link", "show", "any0")).status).not.toBe(0);
  }, 60_000);

  test("announces everything and says so", async () => {
    const applied = result(await host.apply(manifest()));
    expect(applied).toMatchObject({
      site: "fra",
      prefixes: { "203.0.113.0/24": "full", "2001:db8:53::/48": "full" },
      warnings: [],
      versions: { bird: "2.0.12", node: "18.20.4" },
    });
    expect(applied.changed).toContain(PATHS.bird);
    const received = await host.received();
    expect(received).toContain("203.0.113.0/24");
    expect(received).toContain("2001:db8:53::/48");
    expect(await soaSerial()).toBe("1");
  });
});

describe("a later apply", () => {
  test("of the same changes nothing", async () => {
    const before = await host.snapshot();
    expect(result(await host.apply(manifest()))).toMatchObject({ changed: [], warnings: [] });
    expect(await host.snapshot()).toBe(before);
  });

  test("reports what Knot warns about, also in the journal", async () => {
    const withoutGlue = zoneText(1, "sub NS ns.sub\n");
    const warning = expect.stringMatching(/example\.net.*missing glue record/);
    expect(result(await host.apply(manifest({ zone: withoutGlue }))).warnings).toEqual([warning]);
    const { stdout } = await host.exec("journalctl", "-t", "anycast-apply", "-o", "cat");
    expect(stdout).toMatch(/^warning: .*missing glue record/m);
  });

  test("of another zone loads it without a withdrawal", async () => {
    const routes = await host.received();
    expect(result(await host.apply(manifest({ zone: zoneText(2) }))).changed).toEqual([
      `${PATHS.zones}/example.net.zone`,
    ]);
    expect(await soaSerial()).toBe("2");
    expect(await host.received()).toBe(routes);
  });

  test("puts right what somebody changed by hand", async () => {
    await host.exec("sh", "-c", `echo >> ${PATHS.bird}; chmod 0600 ${PATHS.firewall}; systemctl stop knot`);
    const applied = result(await host.apply(manifest({ zone: zoneText(2) })));
    expect(applied.changed).toEqual([PATHS.bird, PATHS.firewall]);
    expect(await soaSerial()).toBe("2");
  });

  test("goes on to its end when nobody listens any more, and leaves nothing of its own", async () => {
    const script = `sh ${PATHS.job} ${host.bundle} apply 2>&1 | true; ls -A ${JOBS}`;
    const finished = await host.execWith(JSON.stringify(manifest({ zone: zoneText(3) })), "sh", "-c", script);
    expect(finished).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(await soaSerial()).toBe("3");
  });

  test("drains without a gap", async () => {
    const applied = result(await host.apply(manifest({ zone: zoneText(2), config: { state: "drained" } })));
    expect(applied.prefixes).toEqual({ "203.0.113.0/24": "drained", "2001:db8:53::/48": "drained" });
    expect(await host.received()).toContain("BGP.as_path: 64500 64500");
    result(await host.apply(manifest({ zone: zoneText(2) })));
  });

  test("that needs a restart of Knot withdraws first and announces again", async () => {
    const applied = result(await host.apply(manifest({ knot: { workers: 2 } })));
    expect(applied.prefixes["203.0.113.0/24"]).toBe("full");
    const { stdout } = await host.exec("journalctl", "-t", "anycast-apply", "-o", "cat");
    expect(stdout).toContain("withdrawing first: Knot restarts");
    result(await host.apply(manifest()));
  });

  test("by another bundle of the agent puts it to use", async () => {
    const { path } = await bundleAgent();
    const content = `${await readFile(path, "utf8")}\n// another\n`;
    const other = join(host.folder, `agent-${contentHash(Buffer.from(content))}.mjs`);
    await writeFile(other, content);
    await host.install(other);
    const applied = result(await host.apply(manifest()));
    expect(applied.changed).toEqual([PATHS.agent]);
    expect(applied.prefixes["203.0.113.0/24"]).toBe("full");
    const status = JSON.parse((await host.exec(PATHS.command, "status", "--json")).stdout) as SiteStatus;
    expect(other).toContain(status.version);
    expect(applied.versions.agent).toBe(status.version);
  });

  test("of BIRD's configuration that BIRD refuses leaves everything as it was", async () => {
    const before = await host.snapshot();
    const finished = await host.apply(manifest({ birdExtra: "protocol nonsense {}" }));
    expect(finished.status).toBe(1);
    expect(finished.stderr).toMatch(
      /^anycast-agent: fra: \/etc\/bird\/bird.conf is refused by bird: .*\/etc\/bird\/bird.conf:\d+:\d+ syntax error/,
    );
    expect(await host.snapshot()).toBe(before);
  });

  test("with secrets that are not there leaves everything as it was", async () => {
    const before = await host.snapshot();
    const finished = await host.apply(siteManifest("99999999-9999-4999-8999-999999999999"));
    expect(finished.stderr).toContain("the secrets that the manifest names are not on the host");
    expect(await host.snapshot()).toBe(before);
  });

  test("two at once come one after the other, and who came first is never the last to be done", async () => {
    const first = host.apply(manifest({ zone: zoneText(3) }));
    await until("the first has come", async () => (await host.exec("test", "-s", NEWEST_JOB)).status === 0);
    const { stdout: id } = await host.exec("cat", NEWEST_JOB);
    const second = host.apply(manifest({ zone: zoneText(5) }));
    await until("the second has come", async () => (await host.exec("cat", NEWEST_JOB)).stdout !== id);
    result(await second);
    const { status, stderr } = await first;
    const madeRoom = stderr.includes("a newer apply or rollback came while this one waited for its turn");
    expect(status === 0 || madeRoom, stderr).toBe(true);
    expect(await soaSerial()).toBe("5");
  });

  test("waits for another one, and of several that wait the newest is done, as after a pulumi that was killed", async () => {
    const hold = host.exec("flock", "--exclusive", `${PATHS.state}/lock`, "sleep", "60");
    await until(
      "the lock is held",
      async () => (await host.exec("flock", "-n", `${PATHS.state}/lock`, "true")).status !== 0,
    );
    const waiting: ReturnType<typeof host.apply>[] = [];
    for (const serial of [6, 7, 8]) {
      waiting.push(host.apply(manifest({ zone: zoneText(serial) })));
      const waiters = async () => (await host.exec("pgrep", "-fc", "^flock --wait 120 ")).stdout.trim();
      await until(`${waiting.length} wait`, async () => (await waiters()) === String(waiting.length));
    }
    await host.exec("pkill", "-f", "sleep 60");
    await hold;
    const [killed, again, last] = await Promise.all(waiting);
    for (const { stderr } of [killed!, again!]) expect(stderr).toContain("Nothing was changed");
    result(last!);
    expect(await soaSerial()).toBe("8");
    result(await host.apply(manifest({ zone: zoneText(3) })));
  });

  test("goes on when the connection is cut, as with a killed client", async () => {
    const client = host.apply(manifest({ zone: zoneText(4) }));
    await until("the job runs", async () => (await host.exec("pgrep", "-f", "job apply")).status === 0);
    await host.exec("pkill", "-KILL", "-f", "agent-[0-9a-f]*.mjs apply$");
    await client;
    await expect.poll(soaSerial, { timeout: 20_000 }).toBe("4");
  });
});
