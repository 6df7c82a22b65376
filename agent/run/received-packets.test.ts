import { expect, test } from "vitest";
import { packetsIn } from "./received-packets.ts";

const TEXT = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 9999999   88888    0    0    0     0          0         0  9999999   88888    0    0    0     0       0          0
  eth0: 1234567    1000    0    0    0     0          0         0   765432     900    0    0    0     0       0          0
  any0:       0       7    0    0    0     0          0         0        0       0    0    0    0     0       0          0
enp1s0:9876543210 2000    0    0    0     0          0         0   765432     900    0    0    0     0       0          0
`;

test("counts what comes from outside alone", () => {
  expect(packetsIn(TEXT)).toBe(3000);
});
