import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { labAt, labPaths, namespaceOf } from "../../lab/folder.ts";
import { Checkout, must } from "./checkout.ts";
import { expectPredicted, network, sitesOf, ZONE } from "./network.ts";
import { LabPipeline } from "./pipeline.ts";
import { preview, type Step } from "./preview.ts";

const THREE = ["fra", "nyc", "sin"];
const MORE = { lab: { clients: ["syd"] } };

let checkout: Checkout;

beforeAll(async () => {
  checkout = await Checkout.create("network");
  checkout.configure(network(THREE, MORE));
  must(await checkout.lab());
});

afterAll(async () => {
  await checkout.dispose();
});

async function sshLogins(): Promise<string[]> {
  return Promise.all(
    THREE.map(
      async (site) =>
        must(
          await checkout.exec(
            `site-${site}`,
            "journalctl",
            "--no-pager",
            "-q",
            "-t",
            "sshd",
            "-g",
            "Accepted publickey",
          ),
        ).stdout,
    ),
  );
}

function changed(steps: readonly Step[]): string[] {
  return steps
    .filter(({ op }) => op !== "same")
    .map(({ op, name }) => `${op} ${name}`)
    .toSorted();
}

test("every client is answered by the site that the routers predict, a client in a site's region by that site", async () => {
  const rows = await checkout.query();
  expectPredicted(rows, ["client-fra", "client-nyc", "client-sin", "client-syd"]);
  for (const site of THREE) {
    expect(new Set(rows.filter(({ client }) => client === `client-${site}`).map((row) => row.site))).toEqual(
      new Set([site]),
    );
  }
});

test("a client learns the site by CH TXT and by NSID", async () => {
  const answers = await Promise.all(
    ["id.server", "hostname.bind"].map(
      async (name) =>
        must(await checkout.exec("client-nyc", "kdig", "@203.0.113.53", "CH", "TXT", name, "+short")).stdout,
    ),
  );
  expect(answers).toEqual(['"nyc"', '"nyc"']);
  expect(
    must(await checkout.exec("client-sin", "kdig", "@2001:db8:53::53", "example.net", "SOA", "+nsid")).stdout,
  ).toContain('"sin"');
});

test("the inventory says who announces what, by what", async () => {
  const { sites, waves } = await checkout.inventory();
  expect(waves).toEqual([["fra"], ["nyc", "sin"]]);
  expect(sites["fra"]).toMatchObject({
    region: "fra",
    announces: { "203.0.113.0/24": "full", "2001:db8:53::/48": "full" },
    versions: { bird: expect.stringMatching(/^2\./), debian: expect.stringMatching(/^1[23]/) },
    manifestDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test("the service's addresses answer for the service alone", async () => {
  const ssh = await checkout.exec("client-fra", "bash", "-c", "timeout 2 bash -c '</dev/tcp/203.0.113.53/22'");
  expect(ssh.ok).toBe(false);
});

test("a second up changes nothing and connects to no host", async () => {
  const before = await sshLogins();
  expect(changed(await preview(checkout))).toEqual([]);
  expect(must(await checkout.up()).output).toMatch(/Resources:\s+\d+ unchanged/);
  expect(await sshLogins()).toEqual(before);
});

test("a changed zone changes `apply` of each site, and is served", async () => {
  checkout.edit(ZONE, (zone) => zone.replace(/\d{10}/, "2026999999"));
  expect(changed(await preview(checkout))).toEqual(THREE.map((site) => `update anycast-${site}-apply`));
  must(await checkout.up());
  for (const region of THREE) {
    expect(
      must(await checkout.exec(`client-${region}`, "kdig", "@203.0.113.53", "example.net", "SOA", "+short")).stdout,
    ).toContain("2026999999");
  }
});

describe("the operator's command", () => {
  test("drains a site, so that its clients go elsewhere, and back", async () => {
    expect(must(await checkout.anycast("status")).output).toContain(
      "203.0.113.0/24: announced by 3 of 3 sites (floor 2)",
    );
    must(await checkout.anycast("drain", "fra", "--for", "1h", "--reason", "new line card"));
    await vi.waitFor(async () => expect(sitesOf(await checkout.query(), "client-fra")).toEqual(new Set(["nyc"])), {
      timeout: 20_000,
    });
    expect(must(await checkout.anycast("status")).output).toMatch(/drained by hand for .*: new line card/);
    checkout.configure(network(THREE, { ...MORE, packages: { bird2: "2.0.12-999" } }));
    const previewed = must(await checkout.pulumi("preview")).output;
    checkout.configure(network(THREE, MORE));
    expect(previewed).toMatch(/fra is drained by hand since .*: new line card; it stays so until /);
    expect(previewed).not.toMatch(/(nyc|sin) is drained by hand/);
    for (const site of THREE)
      expect(previewed).toContain(`${site} is drained and withdrawn while it changes: BIRD restarts`);
    must(await checkout.anycast("undrain", "fra"));
    await vi.waitFor(async () => expect(sitesOf(await checkout.query(), "client-fra")).toEqual(new Set(["fra"])), {
      timeout: 20_000,
    });
    const unknown = await checkout.anycast("drain", "frah", "--reason", "none");
    expect(unknown).toMatchObject({ ok: false, output: "anycast: there is no site 'frah': there are fra, nyc, sin" });
  });

  test("withdraws a site, keeps the floor, and back, also over the agent's end", async () => {
    must(await checkout.anycast("withdraw", "fra", "--for", "1h", "--reason", "cooling fails"));
    await vi.waitFor(async () => expect(sitesOf(await checkout.query(), "client-fra")).toEqual(new Set(["nyc"])), {
      timeout: 20_000,
    });
    must(await checkout.exec("site-fra", "systemctl", "kill", "--signal=KILL", "anycast-agent"));
    const refused = await checkout.anycast("withdraw", "nyc", "--reason", "cooling fails too");
    expect(refused.output).toMatch(/fewer than 2 sites \(the floor\).*anycast allow-below-floor/);
    await vi.waitFor(
      async () =>
        expect((await checkout.anycast("status")).output).toMatch(
          /withdrawn by hand for .*: cooling fails \(.*\), until /,
        ),
      { timeout: 20_000 },
    );
    expect(sitesOf(await checkout.query(), "client-fra")).toEqual(new Set(["nyc"]));
    must(await checkout.anycast("announce", "fra"));
    await vi.waitFor(async () => expect(sitesOf(await checkout.query(), "client-fra")).toEqual(new Set(["fra"])), {
      timeout: 20_000,
    });
  });

  test("has right rows for all but the host that hangs, within 12 s, on a bad day", async () => {
    // fra hangs before it greets; nyc's shell greets; sin's state is on a disk that is full.
    const stop = "kill -s STOP $(systemctl show --property MainPID --value ssh)";
    const fill =
      "mount -t tmpfs -o size=64k full /var/lib/anycast-agent; head -c 1M /dev/zero > /var/lib/anycast-agent/x; true";
    must(await checkout.exec("site-fra", "sh", "-c", stop));
    must(await checkout.exec("site-nyc", "sh", "-c", "printf 'echo Welcome; printf \"\\033[2J\"\\n' > ~root/.bashrc"));
    must(await checkout.exec("site-sin", "sh", "-c", fill));
    try {
      checkout.write("inventory.json", JSON.stringify(await checkout.inventory()));
      const key = join(checkout.folder, ".lab/ssh/id_ed25519");
      const args = ["cli/anycast.js", "status", "--file", "inventory.json", "--identity", key];
      const start = Date.now();
      const { stdout: output } = await execa("node", args, { cwd: checkout.folder, reject: false });
      expect(Date.now() - start).toBeLessThan(12_000);
      expect(output).toMatch(/fra .*SSH to .*(timed out|no answer)/);
      for (const site of ["nyc", "sin"]) expect(output).toMatch(new RegExp(`${site} .*full.*full.*2/2`));
      expect(output).not.toContain("\u001b[2J");
    } finally {
      must(await checkout.exec("site-fra", "sh", "-c", stop.replace("STOP", "CONT")));
      must(await checkout.exec("site-nyc", "sh", "-c", "rm ~root/.bashrc"));
      must(await checkout.exec("site-sin", "umount", "/var/lib/anycast-agent"));
    }
    await vi.waitFor(async () => must(await checkout.anycast("status")), { timeout: 30_000 });
  });

  test("tells what was applied, and goes back to it", async () => {
    const serial = async (): Promise<string> =>
      must(await checkout.exec("client-nyc", "kdig", "@203.0.113.53", "example.net", "SOA", "+short")).stdout;
    const applies = JSON.parse(must(await checkout.anycast("history", "nyc", "--json")).stdout) as { id: number }[];
    expect(applies).toMatchObject([
      { current: false },
      { current: true, changed: ["/etc/knot/zones/example.net.zone"] },
    ]);
    expect((await checkout.anycast("rollback", "nyc")).output).toContain("say --yes");
    expect(await serial()).toContain("2026999999");
    const { output } = must(await checkout.anycast("rollback", "nyc", "--yes"));
    expect(output).toContain("nyc, back to apply 1, changes\n  /etc/knot/zones/example.net.zone\nNothing is withdrawn");
    expect(await serial()).not.toContain("2026999999");
    expect(await checkout.anycast("status")).toMatchObject({
      ok: false,
      output: expect.stringContaining("nyc: what it runs is not what the stack applied last"),
    });
    must(await checkout.anycast("rollback", "nyc", "--to", "2", "--yes"));
    expect(await serial()).toContain("2026999999");
    must(await checkout.anycast("status"));
  });
});

test("a preview shows a changed line of bird.conf as that line, and what restarts by it", async () => {
  const original = checkout.read("render/bird.ts");
  const session = checkout.read("render/bird-session.ts");
  checkout.edit("render/bird.ts", (source) =>
    source.replace("protocol device { scan time 10; }", "protocol device { scan time 11; }"),
  );
  checkout.edit("render/bird-session.ts", (source) => source.replace("`hold time ${all.hold};`", "`hold time 12;`"));
  try {
    const { output } = must(await checkout.pulumi("preview", "--diff", "--stack", "lab", "--color", "never"));
    expect(output).toMatch(/- *protocol device \{ scan time 10; \}/);
    expect(output).toMatch(/\+ *protocol device \{ scan time 11; \}/);
    for (const site of THREE)
      expect(output).toMatch(new RegExp(`${site} is drained and withdrawn while it changes: sessions restart: \\w+`));
  } finally {
    checkout.write("render/bird.ts", original);
    checkout.write("render/bird-session.ts", session);
  }
});

describe("a fourth site", () => {
  test("is told to the others, changes nothing else there, and takes its region's clients", async () => {
    checkout.configure(network([...THREE, "syd"], MORE));
    const names = changed(await preview(checkout)).filter((step) => !step.includes("anycast-syd"));
    expect(names.filter((step) => !step.endsWith("anycast-lab")).toSorted()).toEqual(
      THREE.map((site) => `update anycast-${site}-peers`).toSorted(),
    );
    must(await checkout.up());
    await vi.waitFor(
      async () => {
        const rows = await checkout.query();
        expectPredicted(rows, ["client-fra", "client-nyc", "client-sin", "client-syd"]);
        expect(new Set(rows.filter(({ client }) => client === "client-syd").map(({ site }) => site))).toEqual(
          new Set(["syd"]),
        );
      },
      { timeout: 20_000 },
    );
  });

  test("removed, it leaves no namespace, process, mount or file", async () => {
    checkout.configure(network(THREE, MORE));
    must(await checkout.up());
    expect(traces("site-syd")).toEqual([]);
    await vi.waitFor(
      async () => {
        expectPredicted(await checkout.query(), ["client-fra", "client-nyc", "client-sin", "client-syd"]);
      },
      { timeout: 20_000 },
    );
  });
});

/** What of a node of this checkout's lab is still on the machine. */
function traces(node: string): string[] {
  const lab = labAt(join(checkout.folder, ".lab"));
  const processes = readdirSync("/proc").filter(
    (pid) => /^\d+$/.test(pid) && commandLine(pid).includes(namespaceOf(lab, node)),
  );
  const mounts = readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .filter((line) => line.includes(labPaths(lab).host("syd")));
  const namespaces = readdirSync("/run/netns").filter((name) => name === namespaceOf(lab, node));
  const files = [labPaths(lab).host("syd"), labPaths(lab).log(node)].filter((file) => existsSync(file));
  return [...processes, ...mounts, ...namespaces, ...files];
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return ""; // It ended.
  }
}

/** Has every site mark what it announces. */
async function marked(...communities: string[]): Promise<void> {
  const { sites, ...rest } = network(THREE, MORE);
  const all = Object.entries(sites).map(([site, config]) => [site, { ...config, communities }]);
  checkout.configure({ ...rest, sites: Object.fromEntries(all) });
  await checkout.setSecret("anycast:sshPrivateKey", checkout.read(".lab/ssh/id_ed25519"));
}

/** Changes a community in a host's bird.conf by hand. */
async function replaceAtNyc(from: string, to: string): Promise<void> {
  must(await checkout.exec("site-nyc", "sed", "-i", `s/20473, ${from}/20473, ${to}/`, "/etc/bird/bird.conf"));
}

describe("a pipeline", () => {
  let pipeline: LabPipeline;

  test("tells of a branch which lines of which routers change, and who announces what", async () => {
    await marked("20473:64609");
    pipeline = await LabPipeline.of(checkout);
    await pipeline.git("checkout", "--quiet", "-b", "mark");
    await marked("20473:64699");
    await pipeline.commit("Another mark");
    const { stdout } = must(await pipeline.run("pull-request", "origin/main", "lab"));
    expect(stdout).toContain("| `203.0.113.0/24` | fra, nyc, sin (3) | the same |");
    expect(stdout).toContain("`/etc/bird/bird.conf` at fra, nyc, sin (3 sites):");
    expect(stdout.match(/^```diff$/gm)).toHaveLength(1);
    const lines = stdout.match(/^[-+] .*/gm) ?? [];
    expect(new Set(lines)).toEqual(
      new Set(["-  bgp_community.add((20473, 64609));", "+  bgp_community.add((20473, 64699));"]),
    );
  });

  test("deploys what is merged, wave by wave", async () => {
    await pipeline.git("checkout", "--quiet", "main");
    await pipeline.git("merge", "--quiet", "mark");
    await pipeline.git("push", "--quiet", "origin", "main");
    const { output } = must(await pipeline.run("deploy", "lab"));
    const [canary, second] = ["anycast-fra-apply updated", "anycast-nyc-apply updating"].map((line) =>
      output.indexOf(line),
    );
    expect(canary).toBeGreaterThan(0);
    expect(second).toBeGreaterThan(canary ?? 0);
    for (const site of THREE)
      expect(must(await checkout.exec(`site-${site}`, "cat", "/etc/bird/bird.conf")).stdout).toContain("20473, 64699");
    expectPredicted(await checkout.query(), ["client-fra", "client-nyc", "client-sin", "client-syd"]);
  });

  test("tells of a host that was changed by hand: its name, file and line", async () => {
    await replaceAtNyc("64699", "64698");
    const { ok, stdout } = await pipeline.run("drift", "lab");
    await replaceAtNyc("64698", "64699");
    expect(ok).toBe(false);
    expect(stdout).toContain("The clouds are as deployed.");
    expect(stdout).toMatch(/^ {4}nyc: \/etc\/bird\/bird\.conf:\d+ differs from what was applied$/m);
    expect(stdout).toContain("-  bgp_community.add((20473, 64699));");
    expect(stdout).toContain("    fra: as applied\n");
  });
});

test("no secret is in plain text in the state, and none in what was printed", async () => {
  const { bgpPassword } = JSON.parse(checkout.read(".lab/account.json")) as { bgpPassword: string };
  const key = checkout.read(".lab/ssh/id_ed25519").split("\n")[2] ?? "";
  const state = must(await checkout.pulumi("stack", "export", "--stack", "lab")).stdout;
  expect(state).toContain("anycast-fra-secrets");
  for (const secret of [bgpPassword, key]) {
    expect(secret.length).toBeGreaterThan(8);
    expect(state).not.toContain(secret);
    expect(must(await checkout.pulumi("preview", "--diff", "--stack", "lab")).output).not.toContain(secret);
  }
  const readers = must(
    await checkout.exec("site-fra", "grep", "-rl", bgpPassword, "/etc", "/var", "/run"),
  ).stdout.split("\n");
  for (const file of readers) {
    expect(must(await checkout.exec("site-fra", "stat", "-c", "%A", file)).stdout).toMatch(/^-rw-[r-]-----$/);
  }
});

test("destroy leaves no host, where every site was permitted to go", async () => {
  for (const site of THREE) {
    const permits = ["203.0.113.0/24", "2001:db8:53::/48"].map(
      (prefix) => `anycast-agent allow-below-floor ${prefix} --reason "the end of the test"`,
    );
    must(await checkout.exec(`site-${site}`, "sh", "-c", permits.join(" && ")));
  }
  must(await checkout.pulumi("destroy", "--yes", "--stack", "lab"));
  const { nodes } = JSON.parse(must(await checkout.lab("status", "--json")).stdout) as { nodes: { node: string }[] };
  expect(nodes.filter(({ node }) => node.startsWith("site-"))).toEqual([]);
  must(await checkout.lab());
  expectPredicted(await checkout.query(), ["client-fra", "client-nyc", "client-sin", "client-syd"]);
});
