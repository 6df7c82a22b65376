import { expect, test } from "vitest";
import { FakeClock } from "../testing/fake-clock.ts";
import { Notifier } from "./notifier.ts";

test("systemd hears that the agent runs, and of its progress three times in the watchdog's time", async () => {
  const clock = new FakeClock();
  const told: string[] = [];
  const environment = { NOTIFY_SOCKET: "/run/systemd/notify", WATCHDOG_USEC: "9000000" };
  const notifier = new Notifier(clock, environment, (...messages) => told.push(messages.join(" ")));
  notifier.ready();
  for (let second = 0; second < 9; second++) {
    notifier.progress();
    await clock.advance(1000);
  }
  expect(told).toEqual(["READY=1", "READY=1 WATCHDOG=1", "READY=1 WATCHDOG=1", "READY=1 WATCHDOG=1"]);
});

test("nothing is told where nobody asks", () => {
  const told: string[] = [];
  const notifier = new Notifier(new FakeClock(), {}, (...messages) => told.push(messages.join(" ")));
  notifier.ready();
  notifier.progress();
  expect(told).toEqual([]);
});
