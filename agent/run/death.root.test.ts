import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { PATHS } from "../../model/paths.ts";
import { SECRETS, secretsText, siteManifest } from "../testing/manifest.ts";
import { SiteHost, until } from "../testing/site-host.ts";

// What happens when something dies, as the provider's router sees it.

const PREFIXES = ["203.0.113.0/24", "2001:db8:53::/48"];

/** A machine that is busy with other things makes no service dead: what is tested here are events. */
const manifest = siteManifest(SECRETS, { patience: { timeout: 1000, fall: 5 } });

let host: SiteHost;
beforeAll(async () => {
  host = await SiteHost.create();
  await host.storeSecrets(SECRETS, secretsText());
  await host.mustApply(manifest);
});
beforeEach(announcedAndForgiven);
afterAll(() => host?.dispose());

/** Everything runs and is announced, and no test has to answer for the flaps of those before it. */
async function announcedAndForgiven(): Promise<void> {
  await host.exec("systemctl", "start", "knot", "bird", "anycast-agent");
  await until("the agent answers", async () => (await host.agent("reset")).status === 0);
  await untilAnnounced(true);
}

/** Waits until the provider's router has both prefixes or none. Returns the milliseconds that it took. */
async function untilAnnounced(wanted: boolean): Promise<number> {
  const started = performance.now();
  await until(wanted ? "announced" : "withdrawn", async () => (await announced()).every((each) => each === wanted));
  return performance.now() - started;
}

async function announced(): Promise<boolean[]> {
  const received = await host.received();
  return PREFIXES.map((prefix) => received.includes(prefix));
}

async function systemctl(...argv: readonly string[]): Promise<string> {
  return (await host.exec("systemctl", ...argv)).stdout.trim();
}

async function mainPid(unit: string): Promise<string> {
  return systemctl("show", "--property=MainPID", "--value", unit);
}

async function kill(signal: string, unit: string): Promise<void> {
  await host.exec("kill", `-${signal}`, await mainPid(unit));
}

async function shell(script: string): Promise<void> {
  expect(await host.exec("sh", "-ec", script)).toMatchObject({ status: 0 });
}

/** Stops the service. Returns the milliseconds until nothing is announced. */
async function untilWithdrawn(): Promise<number> {
  const started = performance.now();
  await systemctl("stop", "knot");
  await untilAnnounced(false);
  return performance.now() - started;
}

test("the agent's unit is hardened, and its user may do no more than it must", async () => {
  const { stdout } = await host.exec("systemd-analyze", "security", "--no-pager", "anycast-agent.service");
  const [, level] = /Overall exposure level for anycast-agent.service: ([\d.]+)/.exec(stdout) ?? [];
  expect(Number(level)).toBeLessThanOrEqual(2.5);
  const pid = await mainPid("anycast-agent");
  const { stdout: seen } = await host.exec("cat", `/proc/${pid}/status`);
  // CAP_NET_ADMIN is bit 12, CAP_NET_RAW is bit 13.
  for (const set of ["CapPrm", "CapEff", "CapBnd", "CapAmb"])
    expect(seen).toMatch(new RegExp(`^${set}:\t0*3000$`, "m"));
  const asAgent = ["nsenter", `--target=${pid}`, "--mount", "setpriv", "--reuid=anycast-agent", "--init-groups"];
  expect(await host.exec(...asAgent, "cat", PATHS.agentConfig)).toMatchObject({ status: 0 });
  expect(await host.exec(...asAgent, "cat", PATHS.birdSecrets)).toMatchObject({ status: 1, stdout: "" });
  expect(await host.exec(...asAgent, "touch", PATHS.agentConfig)).toMatchObject({ status: 1 });
  expect(await host.exec(...asAgent, "birdc", "disable", "all")).toMatchObject({ status: 1, stdout: "" });
  // One command at a time: birdcl keeps what comes with it to itself.
  const reader = `const bird = require("net").connect("${PATHS.birdReader}");
    const commands = ["disable all", "show protocols"];
    let said = "";
    bird.on("close", () => console.log(said)).on("data", (data) => {
      said += data;
      if (!/bird> $/.test(said)) return;
      if (commands.length === 0) bird.end();
      else bird.write(commands.shift() + "\\n");
    });`;
  const { stdout: replies } = await host.exec(...asAgent, "timeout", "10", "node", "-e", reader);
  expect(replies).toMatch(/8007 Access denied.*Static/s);
});

describe("the agent", () => {
  test("is killed: withdrawn at once, and announced again by the next", async () => {
    await kill("KILL", "anycast-agent");
    expect(await untilAnnounced(false)).toBeLessThan(500);
    await untilAnnounced(true);
  });

  test("is killed with all that it has started: systemd withdraws", async () => {
    await systemctl("kill", "--signal=KILL", "anycast-agent");
    expect(await untilAnnounced(false)).toBeLessThan(1000);
  });

  test("hangs: the kernel withdraws, and systemd starts another one", async () => {
    const pid = await mainPid("anycast-agent");
    await host.exec("kill", "-STOP", pid);
    expect(await untilAnnounced(false)).toBeLessThan(3800);
    await untilAnnounced(true);
    expect(await mainPid("anycast-agent")).not.toBe(pid);
  });

  test("is restarted by hand, by an upgrade and by a new unit: no BGP update", async () => {
    const before = await host.updates();
    // As on a host that is busy.
    const slow = "/run/systemd/system/anycast-agent.service.d";
    await shell(`mkdir -p ${slow}; printf '[Service]\\nExecStartPre=/bin/sleep 6\\n' > ${slow}/slow.conf`);
    await systemctl("daemon-reload");
    await systemctl("restart", "anycast-agent");
    await shell(`rm -r ${slow}`);
    await systemctl("daemon-reload");
    const unit = manifest.files[PATHS.agentUnit];
    const changed = { ...unit, content: `${unit?.content ?? ""}# changed\n` };
    await host.mustApply({ ...manifest, files: { ...manifest.files, [PATHS.agentUnit]: changed } });
    await host.exec("sleep", "4");
    expect(await announced()).toEqual([true, true]);
    const log = await host.exec("journalctl", "--unit=anycast-agent", "--output=cat", "--lines=40");
    expect(await host.updates(), log.stdout).toBe(before);
  });

  test("is stopped: withdrawn before the stop is done", async () => {
    await systemctl("stop", "anycast-agent");
    expect(await announced()).toEqual([false, false]);
  });
});

describe("the service", () => {
  test("is killed: an event, not a poll, withdraws", async () => {
    await kill("KILL", "knot");
    expect(await untilAnnounced(false)).toBeLessThan(200);
  });

  test("is stopped by systemd: withdrawn before it stops", async () => {
    const stopped = systemctl("stop", "knot");
    await untilAnnounced(false);
    expect(await systemctl("show", "--property=ActiveState", "--value", "knot")).toMatch(/^(active|deactivating)$/);
    expect(await mainPid("knot")).not.toBe("0");
    await stopped;
    expect(await announced()).toEqual([false, false]);
  });
});

describe("withdrawn all the same within 4 s, and announced again after the repair, with", () => {
  test("a broken bird.conf", async () => {
    await shell("cp /etc/bird/bird.conf /srv/; echo nonsense >> /etc/bird/bird.conf; ! birdc configure");
    expect(await untilWithdrawn()).toBeLessThan(4000);
    await shell("cp /srv/bird.conf /etc/bird/bird.conf");
    await announcedAndForgiven();
  });

  test("BIRD's socket away", async () => {
    await shell("mv /run/bird/bird.ctl /run/bird/away");
    expect(await untilWithdrawn()).toBeLessThan(4000);
    await shell("mv /run/bird/away /run/bird/bird.ctl");
    await announcedAndForgiven();
  });

  test("a full disk", async () => {
    await shell("mount -t tmpfs -o size=8k,mode=777 full /var/lib/anycast-agent");
    await systemctl("restart", "anycast-agent");
    await shell("cat /dev/zero > /var/lib/anycast-agent/fill || true");
    await untilAnnounced(true);
    expect(await untilWithdrawn()).toBeLessThan(4000);
    await announcedAndForgiven();
    await shell("umount --lazy /var/lib/anycast-agent");
  });

  test("the interface deleted at the moment of the failure", async () => {
    await shell("ip link delete any0; systemctl kill --signal=KILL knot");
    expect(await untilAnnounced(false)).toBeLessThan(4000);
    await announcedAndForgiven();
  });
});

test("an interface that is deleted or set down by hand is back within a second", async () => {
  await host.exec("ip", "link", "delete", "any0");
  await untilAnnounced(false);
  expect(await untilAnnounced(true)).toBeLessThan(2000);
  await host.exec("ip", "link", "set", "any0", "down");
  await untilAnnounced(false);
  expect(await untilAnnounced(true)).toBeLessThan(2000);
});

test("the host shuts down: withdrawn while the service still answers; it boots with a dead service: nothing is announced", async () => {
  await shell("cp /etc/knot/knot.conf /srv/; echo nonsense > /etc/knot/knot.conf");
  const down = host.exec("systemctl", "poweroff");
  await untilAnnounced(false);
  expect((await host.exec("pgrep", "-x", "knotd")).status).toBe(0);
  await down;
  await host.hasEnded();

  await host.boot();
  await until("the agent runs", async () => (await systemctl("is-active", "anycast-agent")) === "active");
  await host.exec("sleep", "3");
  expect(await announced()).toEqual([false, false]);
  await shell("cp /srv/knot.conf /etc/knot/knot.conf; systemctl restart knot");
  await untilAnnounced(true);
});
