import type { Peers } from "../../model/peers.ts";
import { systemClock } from "../clock.ts";
import { GossipFleet, type FleetConfig } from "../fleet/gossip.ts";
import { udpTransport } from "../fleet/udp.ts";

// A process of its own, for a network namespace of its own: the heartbeats of a site. Each second it prints whom it hears, and how many
// messages it sent so far.

const { config, peers } = JSON.parse(process.argv[2] ?? "{}") as { config: FleetConfig; peers: Peers };
let sent = 0;
const open = udpTransport(systemClock, () => {});
const fleet = new GossipFleet({
  config,
  peers,
  clock: systemClock,
  transport: (...args) => {
    const transport = open(...args);
    return {
      ...transport,
      send: (message, address, port) => {
        if (message[0] === 2) sent++;
        transport.send(message, address, port);
      },
    };
  },
  random: () => Math.floor(Math.random() * 2 ** 48) || 1,
  makeCheck: () => ({ label: "", probe: async () => {} }),
  onChange: () => {},
  admit: () => {},
});
const own = { announces: true, drained: false, claim: "none", badness: 0 } as const;
fleet.publish(new Map(config.prefixes.map(({ cidr }) => [cidr, own])));
setInterval(() => console.log(JSON.stringify({ sent, heard: fleet.heardSites() })), 1000);
process.on("SIGTERM", () => {
  fleet.close();
  setTimeout(() => {
    console.log(JSON.stringify({ sent, heard: [] }));
    process.exit(0);
  }, 100);
});
