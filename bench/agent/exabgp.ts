import { addressesUnit } from "./anycast-healthchecker.ts";
import { HOLD_TIME } from "./bird-conf.ts";
import { PEERS_BIN } from "./peers-layer.ts";
import { SESSION, addressOf, command, indexes, type Setting, type Subject } from "./subject.ts";

const CONFIGURATION = "/etc/exabgp/exabgp.conf";

/**
 * It speaks BGP itself; its healthcheck is a program that it starts, one a check.
 *
 * @see https://github.com/Exa-Networks/exabgp/wiki/High-Availability
 */
export const exabgp: Subject = {
  name: "ExaBGP healthcheck",
  unit: "exabgp.service",
  daemons: ["bench-addresses.service"],
  files: (setting) => ({
    [CONFIGURATION]: configuration(setting),
    "/etc/systemd/system/bench-addresses.service": addressesUnit(setting),
    "/etc/systemd/system/exabgp.service": `[Service]
Environment=exabgp_daemon_user=root exabgp_log_enable=false exabgp_api_cli=false exabgp_tcp_delay=0
ExecStart=${PEERS_BIN}/exabgp server ${CONFIGURATION}
`,
  }),
};

function configuration(setting: Setting): string {
  const processes = indexes(setting).map((index) => ({ name: `web${index}`, run: healthcheck(setting, index) }));
  return `
${processes.map(({ name, run }) => `process ${name} { run ${run}; encoder text; }`).join("\n")}
neighbor ${SESSION.neighbor} {
  router-id ${SESSION.host};
  local-address ${SESSION.host};
  local-as ${SESSION.hostAsn};
  peer-as ${SESSION.neighborAsn};
  hold-time ${HOLD_TIME};
  family { ipv4 unicast; }
  api { processes [ ${processes.map(({ name }) => name).join(", ")} ]; }
}
`;
}

function healthcheck(setting: Setting, index: number): string {
  const { asks, every, timeout, fall, rise } = setting;
  const options = [
    ["--interval", every === undefined ? undefined : every / 1000],
    ["--fast-interval", every === undefined ? undefined : every / 1000],
    ["--fall", fall],
    ["--rise", rise],
  ] as const;
  return [
    `${PEERS_BIN}/python3 -m exabgp healthcheck --no-syslog --no-ip-setup --withdraw-on-down --debounce`,
    ...options.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`])),
    `--ip ${addressOf(index)}/32`,
    `--command "${command(asks, addressOf(index), timeout)}"`,
  ].join(" ");
}
