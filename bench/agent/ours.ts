import { join } from "node:path";
import type { AgentConfigInput } from "../../model/agent-config.ts";
import { markedPrefixes } from "../../model/markers.ts";
import { MARKER_INTERFACE, PATHS, eventsDropIn } from "../../model/paths.ts";
import { birdReaderFiles } from "../../render/bird-reader.ts";
import { agentUnit, guardUnit, networkUnit, serviceEventsDropIn } from "../../render/units.ts";
import { hostBird } from "./bird-conf.ts";
import { SERVICE_UNIT } from "./service.ts";
import { NAME, SESSION, PORT, addressOf, indexes, type Setting, type Subject } from "./subject.ts";

/** The agent of this checkout. */
export const ours: Subject = {
  name: "ours",
  unit: "anycast-agent.service",
  daemons: ["anycast-network.service", "bird.service"],
  files: (setting) => ({
    [PATHS.bird]: hostBird(staticProtocols(setting), "source = RTS_STATIC"),
    [PATHS.agentConfig]: JSON.stringify(configuration(setting)),
    [PATHS.agentUnit]: agentUnit("bench"),
    ...birdReaderFiles("bench"),
    [PATHS.networkUnit]: networkUnit("bench"),
    [PATHS.guardUnit]: guardUnit("bench"),
    [eventsDropIn(SERVICE_UNIT)]: setting.events === true ? serviceEventsDropIn("bench", SERVICE_UNIT) : "",
    [PATHS.firewall]: "table inet anycast {}\n",
    [PATHS.sysctl]: "net.ipv4.ip_forward = 0\n",
    [PATHS.addresses]: [
      ...indexes(setting).map((index) => `address replace ${addressOf(index)}/32 dev lo scope host`),
      `link set dev ${MARKER_INTERFACE} up`,
      "",
    ].join("\n"),
  }),
  prepare: `ln -sf "$(ls ${join(PATHS.agents, "agent-*.mjs")})" ${PATHS.agent}`,
  forget: `node ${PATHS.agent} reset`,
};

const cidrOf = (index: number): string => `100.64.${index}.0/24`;

function configuration(setting: Setting): AgentConfigInput {
  const { every, timeout, fall, rise, asks, events = false } = setting;
  const timing = Object.fromEntries(
    Object.entries({ every, timeout, fall, rise }).filter(([, value]) => value !== undefined),
  );
  const services = indexes(setting).map((index) => [
    `web${index}`,
    {
      unit: events ? SERVICE_UNIT : null,
      addresses: [addressOf(index)],
      checks: [{ ...question(asks), address: addressOf(index), port: PORT, ...timing }],
    },
  ]);
  return {
    site: "bench",
    services: Object.fromEntries(services) as AgentConfigInput["services"],
    prefixes: indexes(setting).map((index) => ({ cidr: cidrOf(index), services: [`web${index}`] })),
    sessions: [
      { protocol: "provider", family: 4, neighbor: SESSION.neighbor, asn: SESSION.neighborAsn, password: false },
    ],
  };
}

function question(
  asks: Setting["asks"],
): { kind: "http" } | { kind: "dns"; transport: "udp"; name: string; type: "A" } {
  return asks === "dns" ? { kind: "dns", transport: "udp", name: NAME, type: "A" } : { kind: "http" };
}

function staticProtocols(setting: Setting): string {
  const states = [
    ["full", 200],
    ["drained", 100],
  ] as const;
  return markedPrefixes(indexes(setting).map(cidrOf))
    .flatMap((prefix) =>
      states.map(
        ([state, preference]) =>
          `protocol static ${prefix[state].protocol} { ipv4 { table announced; preference ${preference}; }; ` +
          `route ${prefix.cidr} via ${prefix[state].nextHop}; }`,
      ),
    )
    .join("\n");
}
