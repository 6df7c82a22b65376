import { expect, test } from "vitest";
import { givenKeys } from "./deployed.ts";

const keys = { format: 1, user: "anycast", only: true, keys: ["ssh-ed25519 AAAA"] };
const given = (name: string, stdin: unknown) => ({
  name: `${name}-ssh-keys`,
  type: "command:remote:Command",
  outputs: { stdin: JSON.stringify(stdin) },
});

test("the keys that a host got are those of the host that is there", () => {
  const resources = [
    given("net-ams", keys),
    { name: "net-ams-host", type: "anycast-vultr:index:Instance", outputs: {} },
    given("net-fra", { ...keys, user: "root", only: false }),
    // Deleted by hand, as a refresh found.
    given("net-sea", keys),
    given("net-nyc", "nonsense"),
  ];
  expect([...givenKeys(resources).keys()]).toEqual(["net-ams-ssh-keys", "net-fra-ssh-keys"]);
});
