import { describe, expect, test } from "vitest";
import { exportMarks, wishProblems, type ExportWishes } from "./communities.ts";
import { PROFILES, type BgpProfile } from "./profiles.ts";

const nothing: ExportWishes = { prepend: 0, noExportTo: [], communities: [] };

describe("the same words at every provider", () => {
  const cases: [
    name: string,
    profile: BgpProfile,
    wishes: Partial<ExportWishes>,
    marks: ReturnType<typeof exportMarks>,
  ][] = [
    ["nothing", PROFILES.vultr, {}, { standard: [], large: [], ownPrepends: 0 }],
    ["prepend at Vultr", PROFILES.vultr, { prepend: 2 }, { standard: [[20473, 6002]], large: [], ownPrepends: 0 }],
    ["prepend elsewhere", PROFILES.phoenixnap, { prepend: 2 }, { standard: [], large: [], ownPrepends: 2 }],
    [
      "not to an AS, in the form that routers read and the one that route servers read",
      PROFILES.vultrBareMetal,
      { noExportTo: [6939] },
      { standard: [[64600, 6939]], large: [[20473, 6000, 6939]], ownPrepends: 0 },
    ],
    [
      "not to an AS of four bytes",
      PROFILES.vultr,
      { noExportTo: [396982] },
      { standard: [], large: [[20473, 6000, 396982]], ownPrepends: 0 },
    ],
    [
      "communities as written",
      PROFILES.custom,
      { communities: ["64510:1", "64510:1:2"] },
      { standard: [[64510, 1]], large: [[64510, 1, 2]], ownPrepends: 0 },
    ],
  ];
  test.each(cases)("%s", (_name, { communities }, wishes, marks) => {
    expect(exportMarks(communities, { ...nothing, ...wishes })).toEqual(marks);
  });
});

describe("what a provider cannot do, or nobody should", () => {
  const cases: [name: string, profile: BgpProfile, wishes: Partial<ExportWishes>, problem: string][] = [
    [
      "no community for it",
      PROFILES.equinixMetal,
      { noExportTo: [6939] },
      "noExportTo: Equinix Metal has no community for it: leave it out here, or ask Equinix Metal to filter for you",
    ],
    [
      "20473:6000",
      PROFILES.vultr,
      { communities: ["20473:6000"] },
      "communities.0: 20473:6000 keeps the prefix inside Vultr: no other network would hear of it, and the site would look healthy",
    ],
    [
      "a blackhole by the back door (safety 7)",
      PROFILES.vultr,
      { communities: ["20473:64609", "20473:666"] },
      "communities.1: 20473:666 is the provider's blackhole: all traffic to the prefix would be dropped, without a scope or an end (safety 7)",
    ],
    [
      "BLACKHOLE (safety 7)",
      PROFILES.custom,
      { communities: ["65535:666"] },
      "communities.0: 65535:666 is BLACKHOLE (RFC 7999): all traffic to the prefix would be dropped, without a scope or an end (safety 7)",
    ],
    [
      "a prefix that stays in the confederation",
      PROFILES.netactuate,
      { communities: ["65535:65283"] },
      "communities.0: 65535:65283 is NO_EXPORT_SUBCONFED (RFC 1997): the prefix would not leave the provider",
    ],
    [
      "what Vultr would announce to nobody, also behind a neighbor that the site lists",
      PROFILES.custom,
      { communities: ["64600:0"] },
      "communities.0: 64600:0 asks Vultr to announce the prefix to no network: the site would look healthy",
    ],
    [
      "some network's blackhole",
      PROFILES.custom,
      { communities: ["3356:666"] },
      "communities.0: 3356:666 is a blackhole at nearly every network: all traffic to the prefix would be dropped, without a scope or an end (safety 7)",
    ],
    [
      "draining by the back door",
      PROFILES.custom,
      { communities: ["65535:0"] },
      "communities.0: 65535:0 is GRACEFUL_SHUTDOWN (RFC 8326): set state: drained",
    ],
  ];
  test.each(cases)("%s", (_name, { title, communities }, wishes, problem) => {
    const problems = wishProblems(title, communities, { ...nothing, ...wishes });
    expect(problems.map(({ key, message }) => `${key.join(".")}: ${message}`)).toEqual([problem]);
  });
});

test("no profile offers what it refuses", () => {
  for (const { communities } of Object.values(PROFILES)) {
    const wishes = { ...nothing, prepend: 3, noExportTo: [6939] };
    const offered = exportMarks(communities, wishes).standard.map((parts) => parts.join(":"));
    expect(communities.refused.filter(({ community }) => offered.includes(community))).toEqual([]);
  }
});
