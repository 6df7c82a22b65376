import { PassThrough, Writable } from "node:stream";
import { expect, test, vi } from "vitest";
import type { AgentEvent } from "../events.ts";
import { eventLog } from "./event-log.ts";
import { OpenAlarms } from "./open-alarms.ts";
import { tellAll } from "./tell-all.ts";

const transition: AgentEvent = {
  event: "transition",
  prefix: "203.0.113.0/24",
  from: "full",
  to: "withdrawn",
  cause: "dns: no answer\nwithin 150 ms",
  lasted: 1234.5678,
};
const probe: AgentEvent = { event: "probe", service: "dns", check: "tcp", ok: true, took: 1 };

test("each event but a probe is one line of JSON with its time and site", () => {
  vi.useFakeTimers({ now: Date.parse("2026-01-02T03:04:05.678Z") });
  const output = new PassThrough();
  const tell = eventLog("ams", output);
  tell(transition);
  tell(probe);
  tell({ event: "cleared", about: "bird" });
  vi.runAllTimers();
  vi.useRealTimers();
  const lines = String(output.read()).trimEnd().split("\n");
  expect(lines).toEqual([
    '{"at":"2026-01-02T03:04:05.678Z","site":"ams","event":"transition","prefix":"203.0.113.0/24","from":"full","to":"withdrawn","cause":"dns: no answer\\nwithin 150 ms","lasted":1235}',
    '{"at":"2026-01-02T03:04:05.678Z","site":"ams","event":"cleared","about":"bird"}',
  ]);
});

test("what is told in one turn of the loop is written at once, after it", async () => {
  const writes: string[] = [];
  const output = new Writable({
    writev(chunks, done) {
      writes.push(chunks.map(({ chunk }) => String(chunk)).join(""));
      done();
    },
  });
  const tell = eventLog("ams", output);
  for (let prefix = 0; prefix < 100; prefix++) tell({ event: "cleared", about: String(prefix) });
  expect(writes).toEqual([]);
  await vi.waitFor(() => expect(writes).toHaveLength(1));
  expect(writes[0]?.trimEnd().split("\n")).toHaveLength(100);
});

test("with a reader that hangs, lines are lost and counted, and memory stays bounded", async () => {
  const output = new PassThrough();
  const tell = eventLog("ams", output);
  for (let round = 0; round < 10_000; round++) tell({ event: "agent", text: "x".repeat(100) });
  const waiting = output.writableLength + output.readableLength;
  expect(waiting).toBeLessThan(400 * 1024);
  output.resume();
  output.read();
  await vi.waitFor(() => expect(output.writableLength).toBe(0));
  let last = "";
  output.on("data", (text: Buffer) => (last = text.toString()));
  tell({ event: "agent", text: "back" });
  await vi.waitFor(() => expect(last).not.toBe(""));
  expect(JSON.parse(last)).toMatchObject({ text: "back", lost: expect.any(Number) });
});

function broken(): void {
  throw new Error("no room");
}

test("a listener that fails keeps no other from being told", () => {
  const told: AgentEvent[] = [];
  const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  tellAll(broken, (event) => told.push(event))(probe);
  expect(told).toEqual([probe]);
  expect(warned).toHaveBeenCalledWith("a listener failed at 'probe': no room");
  warned.mockRestore();
});

test("an alarm is open until it is cleared", () => {
  const alarms = new OpenAlarms();
  alarms.tell({ event: "alarm", about: "bird", problem: "gone" });
  alarms.tell({ event: "alarm", about: "session edge4", problem: "Active" });
  alarms.tell({ event: "cleared", about: "bird" });
  expect(alarms.list()).toEqual([{ about: "session edge4", problem: "Active", since: expect.any(String) }]);
});
