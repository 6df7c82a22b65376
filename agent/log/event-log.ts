import type { Writable } from "node:stream";
import type { AgentEvent, Tell } from "../events.ts";

/** Octets that may wait for whoever reads the log: with a hung journal, lines are lost and the agent goes on. */
const BACKLOG = 256 * 1024;

/**
 * Logs every event but `probe` as one line of JSON, as in
 * `{"at":"2026-01-02T03:04:05.678Z","site":"ams","event":"cleared","about":"bird"}`. Lines that were lost are counted by the next one, as `lost`.
 */
export function eventLog(site: string, output: Writable): Tell {
  let lost = 0;
  let gathers = false;
  /** All lines of a turn of the loop are one write after it: with a hundred prefixes that fail, the withdrawals do not wait for the log. */
  const gather = (): void => {
    if (gathers) return;
    gathers = true;
    output.cork();
    setImmediate(() => {
      gathers = false;
      output.uncork();
    });
  };
  return (event) => {
    if (event.event === "probe") return;
    if (output.writableLength > BACKLOG) {
      lost++;
      return;
    }
    const line = { at: new Date().toISOString(), site, ...rounded(event), ...(lost > 0 ? { lost } : {}) };
    lost = 0;
    gather();
    output.write(`${JSON.stringify(line)}\n`);
  };
}

/** Durations in whole milliseconds. */
function rounded(event: AgentEvent): AgentEvent {
  return event.event === "transition" ? { ...event, lasted: Math.round(event.lasted) } : event;
}
