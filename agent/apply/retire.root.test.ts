import { afterAll, beforeAll, expect, test } from "vitest";
import { SECRETS, secretsText, siteManifest } from "../testing/manifest.ts";
import { SiteHost } from "../testing/site-host.ts";

let host: SiteHost;
beforeAll(async () => {
  host = await SiteHost.create();
});
afterAll(() => host?.dispose());

async function allow(prefix: string): Promise<void> {
  expect(await host.agent("allow-below-floor", prefix, "--reason", "the end", "--by", "ann")).toMatchObject({
    status: 0,
  });
}

test("retiring withdraws, once that is permitted, and leaves the host as it was before the first apply", async () => {
  const before = await host.snapshot();
  await host.storeSecrets(SECRETS, secretsText());
  expect(await host.apply(siteManifest(SECRETS))).toMatchObject({ status: 0 });
  expect(await host.received()).toContain("203.0.113.0/24");
  // It hears no other site, so that nobody is known to announce what it withdraws.
  const applied = await host.snapshot();
  const refused = await host.agent("retire");
  expect(refused.status).not.toBe(0);
  expect(refused.stderr).toContain("the site is not taken away, and nothing was touched");
  expect(refused.stderr).toContain(
    "203.0.113.0/24 (no other site is heard), 2001:db8:53::/48 (no other site is heard)",
  );
  expect(await host.received()).toContain("203.0.113.0/24");
  expect(await host.snapshot()).toBe(applied);
  await allow("203.0.113.0/24");
  expect((await host.agent("retire")).stderr).not.toContain("203.0.113.0/24 (no");
  await allow("2001:db8:53::/48");
  expect(await host.agent("retire")).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(await host.received()).not.toContain("203.0.113.0/24");
  expect(await host.snapshot()).toBe(before);
  // Who waits for the lock of a job must not get one of its own.
  const left = await host.exec("find", "/var/lib/anycast", "-mindepth", "1");
  expect(left.stdout).toBe("/var/lib/anycast/lock");
  const gone = await host.exec(
    "ls",
    "-d",
    "/run/anycast-recovered",
    "/etc/systemd/system/anycast-undo.service",
    "/etc/systemd/system/multi-user.target.wants/anycast-undo.service",
    "/usr/local/lib/anycast",
    "/etc/anycast",
    "/etc/knot/zones",
    "/var/lib/anycast-agent",
    "/run/anycast",
  );
  expect(gone.stdout).toBe("");
  expect((await host.exec("getent", "passwd", "anycast-agent")).status).toBe(2);
});
