import type { AgentConfig } from "../../model/agent-config.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { SiteAgent } from "../run/site-agent.ts";
import { service, siteConfig, tcp } from "./config.ts";
import { FakeClock } from "./fake-clock.ts";
import { MessageBus } from "./message-bus.ts";
import { RecordingAnnouncer } from "./recorder.ts";
import { SimulatedBird } from "./simulated-bird.ts";
import { behaving, surroundings, type Behavior, type TestSurroundings } from "./surroundings.ts";

/** The sites of a simulation, and how many of them have to announce. */
export const SITES: readonly string[] = ["ams", "fra", "lhr", "nrt", "sea"];
export const FLOOR = 2;

const [PREFIX] = siteConfig().prefixes as [AgentConfig["prefixes"][number]];

/** Milliseconds that a message takes. */
const DELAY = 20;

/** A site in a simulated fleet, and what its service and what all share do. */
export interface Site {
  readonly name: string;
  readonly agent: SiteAgent;
  readonly around: TestSurroundings;
  readonly bird: SimulatedBird;
  does: Behavior;
  /** How many came to it so far. */
  packets: number;
}

/** A fleet of sites (default five) with one prefix, a floor (default 2), a check of the site and one that all share. */
export class SimulatedFleet {
  readonly clock: FakeClock;
  readonly bus: MessageBus;
  readonly sites: Site[];
  shared: Behavior = "answers";

  /**
   * @param delay milliseconds that a message takes
   * @param join what a site hears the others by; default: a bus without losses
   */
  constructor(
    names: readonly string[] = SITES,
    floor = FLOOR,
    delay = DELAY,
    clock: FakeClock = new FakeClock(),
    join?: (name: string) => Fleet,
  ) {
    this.clock = clock;
    this.bus = new MessageBus(this.clock, delay);
    this.sites = names.map((name) => {
      const config = configOf(name, floor);
      const announcer = new RecordingAnnouncer(this.clock);
      const bird = new SimulatedBird(this.clock, announcer, config.prefixes, () =>
        this.site(name)?.agent.announcementsChanged(),
      );
      const around = surroundings(
        this.clock,
        (check) =>
          check.scope === "shared"
            ? behaving("origin", () => this.shared)
            : behaving("service", () => this.site(name)?.does ?? "answers"),
        {
          fleet: join?.(name) ?? this.bus.join(name),
          announcer,
          announcements: bird,
          packets: () => this.site(name)?.packets,
        },
      );
      return { name, agent: new SiteAgent(config, around), around, bird, does: "answers", packets: 0 };
    });
  }

  /** How many sites announce the prefix now, in full or at all: a neighbor has it. */
  announcing(state?: "full" | "drained"): number {
    return this.sites.filter((site) => announces(site, state)).length;
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
    for (const { agent, bird } of this.sites) {
      agent.stop();
      bird.close();
    }
  }

  private site(name: string): Site | undefined {
    return this.sites?.find((site) => site.name === name);
  }
}

/** Whether a neighbor of a site has the prefix, in full or at all. */
export function announces({ bird }: Site, state?: "full" | "drained"): boolean {
  const { as } = bird.now(PREFIX);
  return state === undefined ? as !== "withdrawn" : as === state;
}

function configOf(site: string, floor: number): AgentConfig {
  const checks = [tcp(53), tcp(80, { scope: "shared" })];
  return siteConfig({
    site,
    floor,
    services: { dns: service(checks, { unit: "knot.service" }) },
    prefixes: [PREFIX],
  });
}
