import type { AgentEvent } from "../events.ts";
import type { AlarmReport } from "../status/report.ts";

/** The alarms that were told and not cleared. */
export class OpenAlarms {
  private readonly open = new Map<string, AlarmReport>();

  readonly tell = (event: AgentEvent): void => {
    if (event.event === "alarm") {
      const { about, problem } = event;
      const since = this.open.get(about)?.since ?? new Date().toISOString();
      this.open.set(about, { about, problem, since });
    } else if (event.event === "cleared") this.open.delete(event.about);
  };

  /** In the order in which they came. */
  list(): AlarmReport[] {
    return [...this.open.values()];
  }
}
