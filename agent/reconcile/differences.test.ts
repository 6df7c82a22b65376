import { describe, expect, test } from "vitest";
import { siteConfig } from "../testing/config.ts";
import { differences, type Meant } from "./differences.ts";
import type { BirdView, SessionView } from "./view.ts";

const [v4, v6] = ["203.0.113.0/24", "2001:db8:53::/48"];
const { prefixes, sessions } = siteConfig();

function meant(four: "full" | "drained" | "withdrawn" | "unknown", six = four): Meant {
  return {
    prefixes,
    sessions,
    states: new Map([
      [v4, four],
      [v6, six],
    ]),
  };
}

function session(family: 4 | 6, sent: Record<string, string> | null, state = "Established"): SessionView {
  const neighbor = family === 4 ? "169.254.169.254" : "2001:19f0:ffff::1";
  const lastError = sent === null ? "Socket: Connection refused" : null;
  const map = sent === null ? null : new Map(Object.entries(sent));
  return { protocol: `edge${family}`, family, neighbor, asn: 64515, state, lastError, sent: map };
}

const allFull: BirdView = {
  missing: [],
  routes: new Map([
    [v4, "full"],
    [v6, "full"],
  ]),
  sessions: [session(4, { [v4]: "full4_0" }), session(6, { [v6]: "full6_0" })],
};

test("nothing differs when BIRD routes and sends what is meant", () => {
  expect(differences(meant("full"), allFull)).toEqual([]);
});

test("what nobody can tell yet differs from nothing", () => {
  expect(differences(meant("unknown"), allFull)).toEqual([]);
});

describe("each thing is told once, where it comes from", () => {
  const cases: [what: string, meant: Meant, view: Partial<BirdView>, told: string[]][] = [
    [
      "a route that should be gone",
      meant("withdrawn", "full"),
      {},
      ["203.0.113.0/24 in BIRD: it is full and should be withdrawn"],
    ],
    [
      "a route that is not there",
      meant("full"),
      { routes: new Map([[v4, "full"]]), sessions: [session(4, { [v4]: "full4_0" }), session(6, {})] },
      ["2001:db8:53::/48 in BIRD: it is withdrawn and should be full"],
    ],
    [
      "a route that the export filter holds back",
      meant("full"),
      { sessions: [session(4, {}), session(6, { [v6]: "full6_0" })] },
      [
        "203.0.113.0/24 at edge4: the neighbor 169.254.169.254 is sent withdrawn and BIRD has full: look at the export filter",
      ],
    ],
    [
      "a drained route instead of the full one",
      meant("full"),
      { sessions: [session(4, { [v4]: "drained4_0" }), session(6, { [v6]: "full6_0" })] },
      [
        "203.0.113.0/24 at edge4: the neighbor 169.254.169.254 is sent drained and BIRD has full: look at the export filter",
      ],
    ],
    [
      "a leak (safety 5)",
      meant("full"),
      {
        sessions: [
          session(4, { [v4]: "full4_0", "192.0.2.0/24": "transit", "198.51.100.0/24": "transit" }),
          session(6, { [v6]: "full6_0" }),
        ],
      },
      [
        "export at edge4: the neighbor 169.254.169.254 is sent 192.0.2.0/24, 198.51.100.0/24, not ours to announce: look at the export filter",
      ],
    ],
    [
      "a session that is down",
      meant("full"),
      { sessions: [session(4, null, "Active"), session(6, { [v6]: "full6_0" })] },
      ["session edge4: the session to 169.254.169.254 is Active: Socket: Connection refused"],
    ],
    [
      "a protocol that BIRD lacks",
      meant("full"),
      { missing: ["drained4_0"] },
      [
        "protocol drained4_0: BIRD has no such static protocol, or it is down: compare bird.conf with 'anycast-agent bird'",
      ],
    ],
  ];
  test.each(cases)("%s", (_, wanted, view, told) => {
    const found = differences(wanted, { ...allFull, ...view });
    expect(found.map(({ about, problem }) => `${about}: ${problem}`)).toEqual(told);
  });
});
