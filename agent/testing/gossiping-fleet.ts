import { FakeClock } from "./fake-clock.ts";
import { SimulatedFleet } from "./simulated-fleet.ts";
import { SimulatedNetwork } from "./simulated-network.ts";

/** Sites whose agents hear each other by real heartbeats, over a simulated network that can be cut. */
export class GossipingFleet extends SimulatedFleet {
  readonly network: SimulatedNetwork;
  /** Sites with the same number hear each other. */
  readonly sides = new Map<string, number>();

  constructor(names: readonly string[], floor: number, seed: number) {
    const clock = new FakeClock();
    const time = {
      get now() {
        return clock.now();
      },
      at: (moment: number, run: () => void) => clock.setTimer(moment - clock.now(), run),
      pass: () => {},
    };
    const network = new SimulatedNetwork({ names, floor, seed, time });
    super(names, floor, 0, clock, (name) => network.site(name).fleet);
    this.network = network;
    network.passes = (from, to) => this.sideOf(from) === this.sideOf(to);
    for (const { name, agent } of this.sites) network.site(name).onChange = () => agent.fleetChanged();
  }

  sideOf(name: string): number {
    return this.sides.get(name) ?? 0;
  }
}
