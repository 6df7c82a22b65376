import { afterAll, beforeAll, expect, test } from "vitest";
import { SECRETS, secretsText, siteManifest } from "../testing/manifest.ts";
import { SiteHost } from "../testing/site-host.ts";

let host: SiteHost;
beforeAll(async () => {
  host = await SiteHost.create();
});
afterAll(() => host?.dispose());

test("retiring withdraws, and leaves the host as it was before the first apply", async () => {
  const before = await host.snapshot();
  await host.storeSecrets(SECRETS, secretsText());
  expect(await host.apply(siteManifest(SECRETS))).toMatchObject({ status: 0 });
  expect(await host.received()).toContain("203.0.113.0/24");
  expect(await host.agent("retire")).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(await host.received()).not.toContain("203.0.113.0/24");
  expect(await host.snapshot()).toBe(before);
  const left = await host.exec(
    "ls",
    "-d",
    "/var/lib/anycast",
    "/usr/local/lib/anycast",
    "/etc/anycast",
    "/etc/knot/zones",
    "/var/lib/anycast-agent",
    "/run/anycast",
  );
  expect(left.stdout).toBe("");
  expect((await host.exec("getent", "passwd", "anycast-agent")).status).toBe(2);
});
