import type { AgentConfig } from "../../model/agent-config.ts";
import { SiteAgent } from "../run/site-agent.ts";
import { service, siteConfig, tcp } from "./config.ts";
import { FakeClock } from "./fake-clock.ts";
import { MessageBus } from "./message-bus.ts";
import { behaving, surroundings, type Behavior, type TestSurroundings } from "./surroundings.ts";

/** The sites of a simulation, and how many of them have to announce. */
export const SITES: readonly string[] = ["ams", "fra", "lhr", "nrt", "sea"];
export const FLOOR = 2;

/** Milliseconds that a message takes. */
const DELAY = 20;

/** A site in a simulated fleet, and what its service and what all share do. */
export interface Site {
  readonly name: string;
  readonly agent: SiteAgent;
  readonly around: TestSurroundings;
  does: Behavior;
}

/** A fleet of sites (default five) with one prefix, a floor (default 2), a check of the site and one that all share. */
export class SimulatedFleet {
  readonly clock = new FakeClock();
  readonly bus: MessageBus;
  readonly sites: Site[];
  shared: Behavior = "answers";

  constructor(names: readonly string[] = SITES, floor = FLOOR, delay = DELAY) {
    this.bus = new MessageBus(this.clock, delay);
    this.sites = names.map((name) => {
      const around = surroundings(
        this.clock,
        (check) =>
          check.scope === "shared"
            ? behaving("origin", () => this.shared)
            : behaving("service", () => this.site(name)?.does ?? "answers"),
        { fleet: this.bus.join(name) },
      );
      return { name, agent: new SiteAgent(configOf(name, floor), around), around, does: "answers" };
    });
  }

  /** How many sites announce the prefix now, in full or at all. */
  announcing(state = ""): number {
    return this.sites.filter(({ around }) => around.announcer.announced().some((marker) => marker.endsWith(state)))
      .length;
  }

  /** How many sites announce the prefix although their service is dead. */
  dead(): number {
    return this.sites.filter(({ does, around }) => does !== "answers" && around.announcer.announced().length > 0)
      .length;
  }

  /** Lets time pass, and looks every so many milliseconds. */
  async pass(time: number, look: () => void = () => {}, every = 100): Promise<void> {
    for (let left = time; left > 0; left -= every) {
      await this.clock.advance(Math.min(every, left));
      look();
    }
  }

  stop(): void {
    for (const { agent } of this.sites) agent.stop();
  }

  private site(name: string): Site | undefined {
    return this.sites?.find((site) => site.name === name);
  }
}

function configOf(site: string, floor: number): AgentConfig {
  const checks = [tcp(53), tcp(80, { scope: "shared" })];
  return siteConfig({
    site,
    floor,
    services: { dns: service(checks, { unit: "knot.service" }) },
    prefixes: siteConfig().prefixes.slice(0, 1),
  });
}
