import { watchCgroup } from "./cgroup.ts";
import { watchEventFolder, type ServiceListener } from "./event-folder.ts";

/**
 * Tells what becomes of services at once. Their ends are told twice: by the kernel, when the last process of a unit has
 * ended, and by systemd, also where a unit has other processes left or its control group cannot be seen.
 */
export class ServiceEvents {
  private readonly listener: ServiceListener;
  private readonly endFolder: () => void;
  private readonly groups = new Map<string, () => void>();

  /**
   * @param folder where units leave their events
   * @param log told what hinders
   */
  constructor(folder: string, listener: ServiceListener, log: (line: string) => void) {
    this.listener = listener;
    this.endFolder = watchEventFolder(folder, listener, log);
  }

  /** Watches these units from now on, and no others. */
  watch(units: readonly string[]): void {
    for (const [unit, end] of this.groups) {
      if (units.includes(unit)) continue;
      end();
      this.groups.delete(unit);
    }
    for (const unit of units) {
      if (!this.groups.has(unit))
        this.groups.set(
          unit,
          watchCgroup(unit, () => this.listener.ended(unit)),
        );
    }
  }

  /** Ends all watching. */
  close(): void {
    this.watch([]);
    this.endFolder();
  }
}
