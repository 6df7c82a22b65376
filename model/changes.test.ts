import { describe, expect, test } from "vitest";
import { changesText, floorRefusals, prefixChanges, type Deployed } from "./changes.ts";
import { parsePrefix, type Prefix } from "./ip.ts";

const V4 = "203.0.113.0/24";
const V6 = "2001:db8:53::/48";

/** A site as `ams`, or `ams drained`. */
function deployed(sites: readonly string[], cidrs: readonly string[] = [V4], floor: number | undefined = 2): Deployed {
  const announces = Object.fromEntries(cidrs.map((cidr) => [cidr, "full" as const]));
  return {
    floor,
    sites: sites.map((text) => {
      const [name = "", state = "active"] = text.split(" ");
      return { name, state: state === "drained" ? "drained" : "active", announces };
    }),
  };
}

function planned(sites: readonly string[], cidrs: readonly string[] = [V4]): Parameters<typeof prefixChanges>[0] {
  const { sites: all } = deployed(sites);
  const inState = (wanted: string): string[] => all.filter(({ state }) => state === wanted).map(({ name }) => name);
  return {
    announcements: cidrs.map((cidr) => ({
      prefix: parsePrefix(cidr) as Prefix,
      active: inState("active"),
      drained: inState("drained"),
    })),
  };
}

describe("what the preview says of a prefix", () => {
  test.each([
    ["nothing changes", ["ams", "nyc"], ["ams", "nyc"], "announced by ams, nyc, as before"],
    [
      "a site is drained",
      ["ams", "nyc", "sin"],
      ["ams", "nyc drained", "sin"],
      "announced by ams, nyc, sin → ams, sin, nyc as the last choice (nyc drained)",
    ],
    [
      "a drain ends",
      ["ams", "nyc drained"],
      ["ams", "nyc"],
      "announced by ams, nyc as the last choice → ams, nyc (nyc in full again)",
    ],
    [
      "a site goes, one comes",
      ["ams", "nyc"],
      ["ams", "fra"],
      "announced by ams, nyc → ams, fra (fra comes, nyc goes)",
    ],
    [
      "a site comes drained",
      ["ams"],
      ["ams", "fra drained"],
      "announced by ams → ams, fra as the last choice (fra comes drained)",
    ],
    ["the first run", [], ["ams", "nyc"], "announced by nobody → ams, nyc"],
  ])("%s", (_, before, after, expected) => {
    const was = deployed(before);
    expect(changesText(prefixChanges(planned(after), was), 2, was).split("\n")).toEqual([
      "Who is meant to announce what, before → after (floor 2); announced now: not asked, see 'anycast status':",
      `  ${V4}: ${expected}`,
    ]);
  });

  test("prefixes come and go, the floor changes, and many sites are counted", () => {
    const many = Array.from({ length: 20 }, (_, index) => `s${10 + index}`);
    const was = deployed(many, [V6], 3);
    expect(changesText(prefixChanges(planned(many.slice(1)), was), 2, was).split("\n")).toEqual([
      "Who is meant to announce what, before → after (floor 3 → 2); announced now: not asked, see 'anycast status':",
      `  ${V4}: announced by nobody → 19 sites`,
      `  ${V6}: announced by 20 sites → nobody`,
    ]);
    const same = deployed(many);
    expect(changesText(prefixChanges(planned(many.slice(1)), same), 2, same)).toContain(
      "20 sites → 19 sites (s10 goes)",
    );
  });

  test("a site that does not have a prefix yet does not count for it", () => {
    const half: Deployed = { floor: 2, sites: [...deployed(["ams", "nyc"]).sites, ...deployed(["sin"], []).sites] };
    expect(prefixChanges(planned(["ams", "nyc", "sin"]), half)[0]?.before.active).toEqual(["ams", "nyc"]);
  });
});

describe("what is refused", () => {
  const three = ["ams", "nyc", "sin"];
  const cases: [
    string,
    { was: Deployed; to: string[]; cidrs?: string[]; floor?: number; permits?: string[] },
    string[],
  ][] = [
    ["nothing changes", { was: deployed(three), to: three }, []],
    ["the first run", { was: deployed([], [V4], undefined), to: three }, []],
    ["all sites are replaced by as many", { was: deployed(three), to: ["fra", "lhr", "par"] }, []],
    ["down to the floor", { was: deployed(three), to: ["ams", "sin"], floor: 2 }, []],
    [
      "the floor is lowered, and sites go below the one before",
      { was: deployed(three), to: ["ams"], floor: 1 },
      [
        `${V4}: announced by ams, nyc, sin → ams: only 1 in full, and the floor is 2 until this run is through (1 after it: lower it in a run of its own, first) (safety 10). ` +
          `Leave more sites active, or to do it on purpose, in one run: ANYCAST_BELOW_FLOOR=${V4} pulumi up (docs/below-the-floor.md)`,
      ],
    ],
    ["the floor is lowered, and nobody goes", { was: deployed(["ams"]), to: ["ams"], floor: 1 }, []],
    [
      "the floor is lowered, and a drain ends",
      { was: deployed(["ams", "nyc drained"], [V4], 3), to: ["ams", "nyc"], floor: 1 },
      [],
    ],
    ["a site too many goes, and was permitted to", { was: deployed(three), to: ["ams"], floor: 1, permits: [V4] }, []],
    [
      "a prefix goes",
      { was: deployed(three, [V4, V6]), to: three },
      [
        `${V6}: announced by ams, nyc, sin → nobody: it would be withdrawn everywhere (safety 10). ` +
          `Keep it, or to do it on purpose, in one run: ANYCAST_BELOW_FLOOR=${V6} pulumi up (docs/below-the-floor.md)`,
      ],
    ],
    ["a prefix goes, as was permitted", { was: deployed(three, [V4, V6]), to: three, permits: [V6] }, []],
    [
      "one of two prefixes is permitted to",
      { was: deployed(three, [V4, V6]), to: ["ams"], cidrs: [V4, V6], floor: 1, permits: [V6] },
      [expect.stringMatching(/^203\.0\.113\.0\/24: announced by ams, nyc, sin → ams: only 1 in full/) as string],
    ],
    [
      "what `planNetwork` was permitted, is permitted",
      { was: deployed(three), to: ["ams", "nyc drained"], permits: [V4] },
      [],
    ],
    [
      "a permit that was left over",
      { was: deployed(three), to: three, permits: [V4] },
      [`${V4} stays at its floor, and ANYCAST_BELOW_FLOOR names it: take it out, it is for the one run that needs it`],
    ],
    [
      "a permit for what is not there",
      { was: deployed(three), to: three, permits: ["203.0.112.0/24"] },
      [`203.0.112.0/24 is no prefix of this network, and ANYCAST_BELOW_FLOOR names it: these are ${V4}`],
    ],
  ];
  test.each(cases)("%s", (_, { was, to, cidrs, floor = 2, permits = [] }, expected) => {
    expect(floorRefusals(prefixChanges(planned(to, cidrs), was), floor, was, permits)).toEqual(expected);
  });
});
