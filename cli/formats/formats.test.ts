import { expect, it } from "vitest";
import { INVENTORY } from "../../test/readers/inventory.ts";
import type { SiteStatus } from "../../model/site-status.ts";
import { FORMATS } from "./formats.ts";

const OPTIONS = { maintainer: "EXAMPLE-MNT", source: "RIPE", metricsPort: 9479, now: new Date(0) };

it("writes a route object for each prefix", () => {
  expect(FORMATS.rpsl(INVENTORY, OPTIONS)).toBe(`route:          203.0.113.0/24
descr:          anycast
origin:         AS64500
mnt-by:         EXAMPLE-MNT
source:         RIPE

route6:         2001:db8:53::/48
descr:          anycast
origin:         AS64500
mnt-by:         EXAMPLE-MNT
source:         RIPE
`);
});

it("tells NetBox of every address", () => {
  expect(FORMATS.netbox(INVENTORY, OPTIONS)).toBe(`address,status,role,dns_name,description
192.0.2.1/32,active,,fra,anycast site fra
2001:db8:1::1/128,active,,fra,anycast site fra
192.0.2.2/32,active,,nyc,anycast site nyc
2001:db8:1::2/128,active,,nyc,anycast site nyc
192.0.2.3/32,active,,syd-2,anycast site syd-2
203.0.113.53/32,active,anycast,,service dns
2001:db8:53::53/128,active,anycast,,service dns
`);
});

it("tells people who is meant to announce what, and who does when the sites were asked", () => {
  expect(FORMATS.markdown(INVENTORY, OPTIONS))
    .toContain(`| site | 203.0.113.0/24 | announced | 2001:db8:53::/48 | announced |
| --- | --- | --- | --- | --- |
| fra | full | not asked | full | not asked |
| nyc | drained | not asked | withdrawn | not asked |
| syd-2 | full | not asked | full | not asked |`);
  const prefix = { wanted: "full", actual: "full", since: "", cause: "" } as const;
  const prefixes = [
    { ...prefix, cidr: "203.0.113.0/24", announced: "full" as const, session: true },
    { ...prefix, cidr: "2001:db8:53::/48", announced: "withdrawn" as const, session: false },
  ];
  const [fra, nyc] = Object.values(INVENTORY.sites);
  const found = [
    { site: fra!, status: { prefixes, sessions: [] } as unknown as SiteStatus },
    { site: nyc!, problem: "SSH: no answer" },
  ];
  const text = FORMATS.markdown(INVENTORY, { ...OPTIONS, found, now: new Date("2026-01-02T03:04:05.678Z") });
  expect(text).toContain("| site | 203.0.113.0/24 | announced at 2026-01-02T03:04:05Z |");
  expect(text).toContain("| fra | full | full | full | withdrawn |");
  expect(text).toContain("| nyc | drained | no answer | withdrawn | no answer |");
});

it("asks BGPalerter to watch each prefix from our AS alone, behind the providers' own", () => {
  expect(JSON.parse(FORMATS.bgpalerter(INVENTORY, OPTIONS))).toEqual({
    "203.0.113.0/24": {
      description: "anycast at fra, nyc, syd-2",
      asn: [64500],
      ignoreMorespecifics: false,
      ignore: false,
      group: "noc",
    },
    "2001:db8:53::/48": {
      description: "anycast at fra, nyc, syd-2",
      asn: [64500],
      ignoreMorespecifics: false,
      ignore: false,
      group: "noc",
    },
    options: { monitorASns: { "64500": { group: "noc", upstreams: [64515], downstreams: null } } },
  });
});
