import { PROFILES } from "../../model/profiles.ts";
import { SESSION } from "./subject.ts";

/** The seconds after which the session ends without a word from the other side: those of every profile of ours. */
export const HOLD_TIME = PROFILES.custom.timers.hold;

/**
 * BIRD's configuration on a host: a session to the provider's router that exports a table.
 *
 * @param routes protocols that fill the table `announced`
 * @param filter BIRD's expression of what is exported
 */
export function hostBird(routes: string, filter: string): string {
  const { hold, keepalive, connectDelay } = PROFILES.custom.timers;
  return `
router id ${SESSION.host};
protocol device { scan time 10; }
ipv4 table announced;
${routes}
protocol bgp provider {
  local ${SESSION.host} as ${SESSION.hostAsn};
  neighbor ${SESSION.neighbor} as ${SESSION.neighborAsn};
  hold time ${hold};
  keepalive time ${keepalive};
  connect delay time ${connectDelay};
  connect retry time 1;
  error wait time 1, 2;
  ipv4 {
    table announced;
    import none;
    export where ${filter};
    next hop self;
  };
}
`;
}

/** The configuration of the provider's router, the judge: it writes down each change of a route with the time, and forwards by what it has. */
export function neighborBird(log: string): string {
  return `
log "${log}" { trace };
timeformat log "%s.%6f";
router id ${SESSION.neighbor};
protocol device { }
protocol kernel { ipv4 { import none; export all; }; }
protocol bgp site {
  debug { routes, states, packets };
  local ${SESSION.neighbor} as ${SESSION.neighborAsn};
  neighbor ${SESSION.host} as ${SESSION.hostAsn};
  hold time ${HOLD_TIME};
  error wait time 1, 1;
  passive;
  ipv4 { import all; export none; };
}
`;
}
