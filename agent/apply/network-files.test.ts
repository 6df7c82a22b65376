import { expect, test } from "vitest";
import { addressesOf, tablesOf } from "./network-files.ts";

test("the addresses on lo, and no others", () => {
  const batch = `# comment
address replace 203.0.113.53/32 dev lo scope host
addr add 2001:db8:53::53/128 dev lo valid_lft forever preferred_lft 0
address replace 198.51.100.1/24 dev eth0
link set dev any0 up
`;
  expect(addressesOf(batch)).toEqual(["203.0.113.53/32", "2001:db8:53::53/128"]);
});

test("the tables, each once", () => {
  const firewall = `table inet anycast {}
delete table inet anycast
table inet anycast {
  chain input { }
}
add table ip other
`;
  expect(tablesOf(firewall)).toEqual(["inet anycast", "ip other"]);
});
