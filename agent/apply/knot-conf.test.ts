import { expect, test } from "vitest";
import { knotNeedsRestart } from "./knot-conf.ts";

const conf = `# Made by
server:
    rundir: "/run/knot"
    listen: [ 203.0.113.53@53 ]  # the addresses
    identity: "fra"
    nsid: "fra"
    udp-workers: 2

database:
    storage: "/var/lib/knot"
zone:
  - domain: "example.net"
`;

test.each<[string, string, boolean]>([
  ["nothing", conf, false],
  ["a comment", conf.replace("# the addresses", "# others"), false],
  ["the identity", conf.replaceAll('"fra"', '"nyc"'), false],
  ["a zone", `${conf}  - domain: "example.org"\n`, false],
  ["an address", conf.replace("203.0.113.53@53", "203.0.113.54@53"), true],
  ["the workers", conf.replace("udp-workers: 2", "udp-workers: 4"), true],
  ["the database", conf.replace("/var/lib/knot", "/srv/knot"), true],
  ["all", "", true],
])("a change of %s", (_, after, restart) => {
  expect(knotNeedsRestart(conf, after)).toBe(restart);
});
