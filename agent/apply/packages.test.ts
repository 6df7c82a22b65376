import { expect, test } from "vitest";
import { inWords, packageChanges, simulated } from "./packages.ts";

test("a package changes when its version is another one, or it is not there", () => {
  const installed = new Map([
    ["bird2", "2.0.12-7"],
    ["knot", "3.2.6-1"],
  ]);
  const changes = packageChanges({ bird2: "2.0.12-8", knot: "3.2.6-1", nodejs: "18.20.4+dfsg-1~deb12u3" }, installed);
  expect(changes.map(inWords)).toEqual(["bird2 2.0.12-7 → 2.0.12-8", "nodejs not installed → 18.20.4+dfsg-1~deb12u3"]);
});

test("what apt would install is read from its words: upgrades, what is new, what comes along", () => {
  const said = `Inst libknot13 [3.2.6-1] (3.2.6-1+deb12u1 Debian-Security:12/stable-security [amd64]) []
Inst libnew1 (1:2.0-1 Debian:12.9/stable [amd64])
Inst knot [3.2.6-1] (3.2.6-1+deb12u1 Debian-Security:12/stable-security [amd64])
Conf libknot13 (3.2.6-1+deb12u1 Debian-Security:12/stable-security [amd64])
`;
  expect(simulated(said)).toEqual([
    { name: "libknot13", before: "3.2.6-1", after: "3.2.6-1+deb12u1" },
    { name: "libnew1", before: undefined, after: "1:2.0-1" },
    { name: "knot", before: "3.2.6-1", after: "3.2.6-1+deb12u1" },
  ]);
});
