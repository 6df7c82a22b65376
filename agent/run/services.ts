import type { AgentConfig } from "../../model/agent-config.ts";
import type { ServiceVerdict } from "../decision/service.ts";
import type { InheritedCheck } from "../state/handover.ts";
import type { AgentReport } from "../status/report.ts";
import { ServiceMonitor, type ServiceSurroundings } from "./service-monitor.ts";

type ServicesConfig = AgentConfig["services"];

const UNHEARD_OF: ServiceVerdict = { state: "down", cause: "no such service" };

/** The services of a site, by name, and what is known of each. */
export class Services {
  private readonly around: Omit<ServiceSurroundings, "onChange">;
  private readonly onChange: (name: string) => void;
  private monitors = new Map<string, ServiceMonitor>();

  /**
   * @param onChange called when what is known of a service has changed
   * @param inherited what the agent before knew of the checks
   */
  constructor(
    config: ServicesConfig,
    around: Omit<ServiceSurroundings, "onChange">,
    onChange: (name: string) => void,
    inherited: readonly InheritedCheck[],
  ) {
    this.around = around;
    this.onChange = onChange;
    this.monitors = this.monitorsOf(config, inherited);
  }

  /** Goes on with another configuration. Checks that stay go on undisturbed. */
  reload(config: ServicesConfig): void {
    const before = this.monitors;
    this.monitors = this.monitorsOf(config, []);
    for (const [name, monitor] of before) if (!this.monitors.has(name)) monitor.close();
  }

  /** What is known of a service now. */
  verdict(name: string): ServiceVerdict {
    return this.monitors.get(name)?.verdict ?? UNHEARD_OF;
  }

  /** What the checks say now: some tell nothing for too long. */
  refresh(): void {
    for (const monitor of this.monitors.values()) monitor.refresh();
  }

  /** A unit's processes have ended. */
  ended(unit: string): void {
    for (const monitor of this.runBy(unit)) monitor.ended();
  }

  /** A unit is about to be stopped. */
  stopping(unit: string): void {
    for (const monitor of this.runBy(unit)) monitor.stopping();
  }

  /** What the next agent may know of the checks. */
  inheritance(): InheritedCheck[] {
    return [...this.monitors.values()].flatMap((monitor) => monitor.inheritance());
  }

  report(): AgentReport["services"] {
    return Object.fromEntries([...this.monitors].map(([name, monitor]) => [name, monitor.report()]));
  }

  close(): void {
    for (const monitor of this.monitors.values()) monitor.close();
  }

  private monitorsOf(config: ServicesConfig, inherited: readonly InheritedCheck[]): Map<string, ServiceMonitor> {
    return new Map(
      Object.entries(config).map(([name, service]) => {
        const kept = this.monitors.get(name);
        kept?.reload(service);
        const around = { ...this.around, onChange: () => this.onChange(name) };
        return [name, kept ?? new ServiceMonitor(name, service, around, inherited)];
      }),
    );
  }

  private runBy(unit: string): ServiceMonitor[] {
    return [...this.monitors.values()].filter((monitor) => monitor.unit === unit);
  }
}
