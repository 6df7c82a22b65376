import { expect, test } from "vitest";
import type { Rendered } from "../rendered.ts";
import { renderedDiff as rendering } from "./markdown.ts";
import type { Costs } from "../costs.ts";

const renderedDiff = (before: Rendered | undefined, after: Rendered | undefined, costs?: Costs): string =>
  rendering(before, after, { costs, roas: [] });

const CONF = "/etc/bird/bird.conf";

function rendered(files: Rendered["sites"], drained: readonly string[] = []): Rendered {
  const active = Object.keys(files).filter((site) => !drained.includes(site));
  return {
    network: {
      asn: 64500,
      floor: 2,
      waves: [Object.keys(files)],
      servers: [],
      prefixes: { "203.0.113.0/24": { active, drained: [...drained] } },
    },
    sites: files,
  };
}

const conf = (site: string, line: string) => ({ [CONF]: `# Made for site ${site}.\na\nb\n${line}\n` });

test("nothing changes", () => {
  const same = rendered({ ams: conf("ams", "x"), fra: conf("fra", "x") });
  expect(renderedDiff(same, same)).toBe(`| prefix | announced by, before | after |
| --- | --- | --- |
| \`203.0.113.0/24\` | ams, fra (2) | the same |

No file changes at any site.
`);
});

test("the same line at several sites is shown once, and another one apart from it", () => {
  const before = rendered({ ams: conf("ams", "x"), fra: conf("fra", "x"), nyc: conf("nyc", "x") });
  const after = rendered({ ams: conf("ams", "y"), fra: conf("fra", "y"), nyc: conf("nyc", "z") }, ["nyc"]);
  expect(renderedDiff(before, after)).toBe(`| prefix | announced by, before | after |
| --- | --- | --- |
| \`203.0.113.0/24\` | ams, fra, nyc (3) | **ams, fra (2); as the last choice nyc** |

\`${CONF}\` at ams, fra (2 sites):

\`\`\`diff
@@ -1,4 +1,4 @@
 # Made for site ams.
 a
 b
-x
+y
\`\`\`

\`${CONF}\` at nyc:

\`\`\`diff
@@ -1,4 +1,4 @@
 # Made for site nyc.
 a
 b
-x
+z
\`\`\`
`);
});

test("a new site, and one that goes", () => {
  const files = { ...conf("fra", "x"), "/etc/knot/knot.conf": "k\n" };
  const text = renderedDiff(rendered({ ams: files }), rendered({ fra: files }));
  expect(text).toContain("| `203.0.113.0/24` | ams (1) | **fra (1)** |");
  expect(text).toContain("New: fra.\n\nGone: ams.");
  expect(text).not.toContain("knot.conf");
});

test("a network that was not there, and one that goes", () => {
  const network = rendered({ ams: conf("ams", "x") });
  expect(renderedDiff(undefined, network)).toContain("| `203.0.113.0/24` | nobody | **ams (1)** |");
  expect(renderedDiff(network, undefined)).toContain("| `203.0.113.0/24` | ams (1) | **nobody** |");
});

test("nothing in a file ends its block, and a long change is cut", () => {
  const long = Array.from({ length: 200 }, (_, index) => `line ${index}`).join("\n");
  const before = rendered({ ams: { "/zone": "", "/other": "" } });
  const text = renderedDiff(before, rendered({ ams: { "/zone": "```\n# not a heading\n", "/other": long } }));
  expect(text).toContain("````diff\n@@ -1,0 +1,2 @@\n+```\n+# not a heading\n````");
  expect(text).toContain("+line 50");
  expect(text).not.toContain("+line 150");
  expect(text).toMatch(/… and \d+ more lines/);
});

test("what a month costs, by site, before and after", () => {
  const network = rendered({ ams: conf("ams", "x") });
  const [small, large] = [
    { plan: "vc2-1c-2gb", monthly: 10 },
    { plan: "vc2-2c-4gb", monthly: 20 },
  ];
  const costs = [
    { site: "ams", before: small, after: large },
    { site: "fra", before: undefined, after: small },
    { site: "nyc", before: small, after: small },
    { site: "sin", before: { plan: "vc2-1c-0.5gb", monthly: 2.5 }, after: undefined },
  ];
  expect(renderedDiff(network, network, costs)).toContain(`
| server at Vultr, a month | before | after |
| --- | --- | --- |
| ams | $10 (vc2-1c-2gb) | **$20 (vc2-2c-4gb)** |
| fra | nothing | **$10 (vc2-1c-2gb)** |
| sin | $2.50 (vc2-1c-0.5gb) | **nothing** |
| 1 other site |  | the same |
| all | $22.50 | **$40** |
`);
  expect(renderedDiff(network, network, costs.slice(2, 3))).toContain(
    "| 1 site |  | the same |\n| all | $10 | the same |",
  );
  expect(renderedDiff(network, network, "not asked")).toContain(
    "What the servers at Vultr cost is not said here: its price lists did not answer.",
  );
});

test("what the ROAs say, and what would be refused by them", () => {
  const network = rendered({ ams: conf("ams", "x") });
  const roas = [
    { check: "ROA 203.0.113.0/24", status: "problem", message: "other networks would reject it" },
    { check: "ROA source", status: "warning", message: "is old" },
    { check: "ROA 2001:db8:53::/48", status: "ok", message: "covers the announcement exactly" },
  ] as const;
  expect(rendering(network, network, { costs: undefined, roas })).toContain(`ams (1) | the same |

- **ROA 203.0.113.0/24: other networks would reject it. \`pulumi up\` would be refused**
- warning: ROA source: is old
- ROA 2001:db8:53::/48: covers the announcement exactly

No file changes`);
});
