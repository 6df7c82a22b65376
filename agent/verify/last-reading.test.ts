import { expect, test } from "vitest";
import { lastReading } from "./daemons.ts";

test("the time of BIRD's last reading is right whatever its time zone", () => {
  const status = [
    "BIRD 2.0.12",
    "Router ID is 192.0.2.1",
    "Current server time is 2026-11-26 03:04:05.500",
    "Last reboot on 2026-11-25 03:04:05.500",
    "Last reconfiguration on 2026-11-26 03:04:03.250",
    "Daemon is up and running",
  ];
  expect(lastReading(status, 1_000_000)).toBe(1_000_000 - 2250);
});

test("a status without it tells nothing", () => {
  expect(lastReading(["BIRD 9"], 0)).toBeUndefined();
});
