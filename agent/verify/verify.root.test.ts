import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PATHS } from "../../model/paths.ts";
import { verificationSchema, type Drift } from "../../model/verification.ts";
import { SECRETS, secretsText, siteManifest } from "../testing/manifest.ts";
import { SiteHost, until } from "../testing/site-host.ts";

let host: SiteHost;
beforeAll(async () => {
  host = await SiteHost.create();
  await host.storeSecrets(SECRETS, secretsText());
  await host.mustApply(siteManifest(SECRETS));
});
afterAll(() => host?.dispose());

async function drift(): Promise<Drift[]> {
  const { status, stdout, stderr } = await host.agent("verify", "--json");
  expect(stderr).toBe("");
  const found = verificationSchema.parse(JSON.parse(stdout));
  expect(found.site).toBe("fra");
  expect(status).toBe(found.drift.length === 0 ? 0 : 1);
  return found.drift;
}

/** Changes a file of the host, and puts it back with its owner, mode and time. */
async function whileChanged(path: string, change: (onMachine: string) => Promise<void>, look: () => Promise<void>) {
  await host.exec("cp", "-a", path, "/srv/kept");
  try {
    await change(host.path(path));
    await look();
  } finally {
    await host.exec("mv", "/srv/kept", path);
  }
}

async function holdLonger(path: string): Promise<void> {
  await writeFile(path, (await readFile(path, "utf8")).replace("hold time 9;", "hold time 90;"));
}

async function addLine(path: string): Promise<void> {
  await appendFile(path, "# another\n");
}

async function openToAll(): Promise<void> {
  await host.exec("chmod", "666", PATHS.agentConfig);
}

test("a host that was applied to has no drift, and people are told so", async () => {
  expect(await drift()).toEqual([]);
  expect((await host.agent("verify")).stdout).toMatch(/^fra: as applied \([0-9a-f]{12}\)$/);
});

test("a line changed by hand is named and shown", async () => {
  await whileChanged(PATHS.bird, holdLonger, async () => {
    const lines = (await host.exec("cat", PATHS.bird)).stdout.split("\n");
    const [conf, ...rest] = await drift();
    expect(conf).toMatchObject({
      about: PATHS.bird,
      problem: "differs from what was applied",
      line: lines.indexOf("  hold time 90;") + 1,
    });
    expect(conf?.diff).toContain("-  hold time 9;\n+  hold time 90;");
    // BIRD has not read it: a restart or a 'birdc configure' would.
    expect(rest).toEqual([
      expect.objectContaining({ about: PATHS.bird, problem: expect.stringContaining("last read") }),
    ]);
  });
});

test("of a password nothing is shown", async () => {
  await whileChanged(PATHS.birdSecrets, addLine, async () => {
    const found = await drift();
    expect(found[0]).toEqual({
      about: PATHS.birdSecrets,
      problem: "differs from what was applied",
      line: null,
      diff: null,
    });
    expect(JSON.stringify(found)).not.toContain("right");
  });
});

test("a missing file and a wrong mode", async () => {
  await whileChanged(
    PATHS.sysctl,
    (path) => rm(path),
    async () => {
      expect(await drift()).toEqual([expect.objectContaining({ about: PATHS.sysctl, problem: "is missing" })]);
    },
  );
  await whileChanged(PATHS.agentConfig, openToAll, async () => {
    const problem = "has mode 0666 and should have 0644";
    expect(await drift()).toEqual([expect.objectContaining({ about: PATHS.agentConfig, problem })]);
  });
});

test("a firewall that is gone, and a service address", async () => {
  await host.exec("nft", "delete", "table", "inet", "anycast");
  await host.exec("ip", "address", "del", "203.0.113.53/32", "dev", "lo");
  try {
    const found = (await drift()).map(({ about }) => about);
    expect(found).toEqual(expect.arrayContaining(["203.0.113.53/32", "table inet anycast"]));
  } finally {
    await host.exec("systemctl", "reload", "anycast-network");
  }
  await until("all is as applied again", async () => (await drift()).length === 0);
});

test("an export filter that somebody loaded by hand", async () => {
  const conf = (await host.exec("cat", PATHS.bird)).stdout;
  const other = "/etc/bird/other.conf";
  await writeFile(host.path(other), conf.replaceAll(/if net = \S+ then/g, "if false then"));
  expect((await host.exec("birdc", "configure", `"${other}"`)).stdout).toContain("Reconfigur");
  try {
    await until("BIRD exports nothing", async () =>
      (await drift()).some(({ about }) => about === "BIRD: 203.0.113.0/24 at edge4"),
    );
  } finally {
    await host.exec("birdc", "configure");
    await host.exec("rm", other);
  }
  await until("all is as applied again", async () => (await drift()).length === 0);
});

test("a daemon that is stopped and disabled", async () => {
  await host.exec("systemctl", "disable", "--now", "bird");
  try {
    const found = await drift();
    expect(found).toContainEqual(
      expect.objectContaining({ about: "bird.service", problem: expect.stringContaining("not running") }),
    );
    expect(found).toContainEqual(
      expect.objectContaining({ about: "bird.service", problem: expect.stringContaining("at boot") }),
    );
    expect(found.map(({ about }) => about)).toContain("BIRD");
  } finally {
    await host.exec("systemctl", "enable", "--now", "bird");
  }
});
