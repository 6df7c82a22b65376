import { hostBird } from "./bird-conf.ts";
import { PEERS_BIN } from "./peers-layer.ts";
import { addressOf, command, indexes, type Setting, type Subject } from "./subject.ts";

const INCLUDED = "/etc/bird/anycast-prefixes.conf";
const CHECKS = "/etc/anycast-healthchecker.conf";

/**
 * It writes the list of healthy addresses into a file that BIRD's configuration includes, and has BIRD load it.
 *
 * @see https://github.com/unixsurfer/anycast_healthchecker
 */
export const anycastHealthchecker: Subject = {
  name: "anycast-healthchecker",
  unit: "anycast-healthchecker.service",
  daemons: ["bench-addresses.service", "bird.service"],
  files: (setting) => ({
    "/etc/bird/bird.conf": `include "${INCLUDED}";\n${hostBird(
      'protocol direct { ipv4 { table announced; }; interface "lo"; }',
      "net ~ ACAST_PS_ADVERTISE",
    )}`,
    [INCLUDED]: "define ACAST_PS_ADVERTISE = [ 10.189.200.255/32 ];\n",
    [CHECKS]: configuration(setting),
    "/etc/systemd/system/bench-addresses.service": addressesUnit(setting),
    "/etc/systemd/system/anycast-healthchecker.service": `[Service]
ExecStart=${PEERS_BIN}/anycast-healthchecker --file ${CHECKS} --dir /etc/anycast-healthchecker.d
RuntimeDirectory=anycast-healthchecker
`,
  }),
  prepare: "mkdir -p /etc/anycast-healthchecker.d",
};

/** A unit that puts the service's addresses on `lo`. */
export function addressesUnit(setting: Setting): string {
  const commands = indexes(setting).map((index) => `ip address replace ${addressOf(index)}/32 dev lo`);
  return `[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c '${commands.join("; ")}'\n`;
}

function configuration(setting: Setting): string {
  const { asks, every, timeout, fall, rise } = setting;
  const timing = [
    ["check_interval", every === undefined ? undefined : every / 1000],
    ["check_timeout", timeout === undefined ? undefined : timeout / 1000],
    ["check_fail", fall],
    ["check_rise", rise],
  ] as const;
  const lines = timing.flatMap(([key, value]) => (value === undefined ? [] : [`${key} = ${value}`]));
  const checks = indexes(setting).map((index) =>
    [
      `[web${index}]`,
      `check_cmd = ${command(asks, addressOf(index), undefined)}`,
      `ip_prefix = ${addressOf(index)}/32`,
      "check_disabled = false",
      ...lines,
    ].join("\n"),
  );
  // Its own default is to log each probe.
  const daemon = [
    "[daemon]",
    `bird_conf = ${INCLUDED}`,
    "bird_reconfigure_cmd = /usr/sbin/birdc configure",
    "loglevel = error",
    "pidfile = /run/anycast-healthchecker/pid",
  ];
  return [...daemon, ...checks, ""].join("\n");
}
