import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PATHS } from "../../model/paths.ts";
import { renderManifest, renderSecrets } from "../../render/manifest.ts";
import { CASES, PASSWORDS } from "./cases.ts";
import { siteTree, type SiteTree } from "./tree.ts";
import { unitCommands } from "./unit-commands.ts";

/** What Debian 12's BIRD does not know and 2.17 asks for. */
const NEWER_THAN_2_0 = /^ *(authentication md5|send hold time \d+);.*\n/gm;

/** The users that the daemons run as on Debian. */
const BIRD = ["--reuid=bird", "--regid=bird", "--clear-groups"];
const KNOT = ["--reuid=knot", "--regid=knot", "--clear-groups"];

describe.each(Object.entries(CASES))("the daemons' own judgement of %s", (_, rendering) => {
  const manifest = renderManifest(rendering);
  const secrets = renderSecrets(rendering.host, PASSWORDS);
  const zones = Object.keys(rendering.zones);
  const textOf = (path: string): string => manifest.files[path]?.content ?? "";
  let tree: SiteTree;

  beforeAll(async () => {
    tree = await siteTree({ ...manifest.files, ...secrets.files });
    if (!rendering.versions.bird.startsWith("2.0."))
      await tree.write(PATHS.bird, {
        mode: "0644",
        owner: "root:root",
        content: textOf(PATHS.bird).replaceAll(NEWER_THAN_2_0, ""),
      });
  });
  afterAll(() => tree?.remove());

  /** What a checker says; nothing and 0 when it is content. */
  async function judgement(...argv: readonly string[]): Promise<{ exitCode: number | undefined; all: string }> {
    const { exitCode, all } = await tree.start(argv);
    return { exitCode, all };
  }
  const content = { exitCode: 0, all: "" };

  it("bird takes its configuration, as its own user", async () => {
    expect(await judgement("setpriv", ...BIRD, "bird", "-p")).toEqual(content);
  });

  it("nft takes the firewall", async () => {
    expect(await judgement("nft", "-c", "-f", PATHS.firewall)).toEqual(content);
  });

  it("nft takes the firewall again over itself, and leaves other tables alone", async () => {
    const script = `nft add table inet other; nft -f ${PATHS.firewall}; nft -f ${PATHS.firewall}; nft list tables`;
    expect((await tree.start(["sh", "-ec", script])).all.split("\n").toSorted()).toEqual([
      "table inet anycast",
      "table inet anycast_heartbeats",
      "table inet other",
    ]);
  });

  it("knotc takes the configuration, as Knot's own user", async () => {
    expect((await judgement("setpriv", ...KNOT, "knotc", "conf-check")).all).toBe("Configuration is valid");
  });

  it.each(zones)("kzonecheck takes the zone %s", async (zone) => {
    expect(await judgement("kzonecheck", "-o", zone, `${PATHS.zones}/${zone}.zone`)).toMatchObject({ exitCode: 0 });
  });

  it("systemd takes the units, and the daemons' own with our drop-ins", async () => {
    const units = [
      PATHS.networkUnit,
      PATHS.agentUnit,
      PATHS.birdReaderSocket,
      PATHS.birdCheckerSocket,
      "bird.service",
      "knot.service",
    ];
    expect(await judgement("systemd-analyze", "verify", "--man=no", ...units)).toEqual(content);
  });

  it("the network unit's commands do what they say, and again without an error", async () => {
    const once = unitCommands(manifest.files[PATHS.networkUnit]).join("\n");
    const seen =
      "ip -brief address show dev lo; ip -brief link show dev any0; cat /proc/sys/net/ipv4/conf/all/rp_filter /proc/sys/net/ipv6/conf/any0/accept_dad";
    const { all, exitCode } = await tree.start(["sh", "-ec", `${once}\n${once}\n${seen}`]);
    expect({ exitCode, all }).toMatchObject({ exitCode: 0 });
    for (const service of Object.values(rendering.network.services))
      for (const address of service.addresses) expect(all).toContain(`${address}/`);
    expect(all).toMatch(/^any0 +(UNKNOWN|UP)/m);
    expect(all.split("\n").slice(-2)).toEqual(["2", "0"]);
  });
});
