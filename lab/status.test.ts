import { expect, test } from "vitest";
import { parseProtocols } from "./status.ts";

const OUTPUT = `BIRD 2.0.12 ready.
Name       Proto      Table      State  Since         Info
host_0_v4  BGP        ---        up     18:23:16.082  Established   
  Description:    site-fra
  BGP state:          Established
    Neighbor address: 100.64.0.2
    Neighbor AS:      64500
  Channel ipv4
    State:          UP
    Routes:         1 imported, 0 exported, 1 preferred
    Route change stats:     received   rejected   filtered    ignored   accepted
      Import updates:              1          0          0          0          1

host_0_v6  BGP        ---        start  18:23:18.300  Active        Socket: Connection refused
  Description:    site-fra
  BGP state:          Active
    Neighbor address: 2001:db8:1000:1::2
    Last error:       Socket: Connection refused
  Channel ipv6
    State:          DOWN
`;

test("reads what birdc says of BGP protocols", () => {
  expect(Object.fromEntries(parseProtocols(OUTPUT))).toEqual({
    host_0_v4: { state: "Established", lastError: null, prefixes: 1 },
    host_0_v6: { state: "Active", lastError: "Socket: Connection refused", prefixes: 0 },
  });
  expect(parseProtocols("").size).toBe(0);
});
