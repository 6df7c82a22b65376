/** How the checks of a run are set. Durations in milliseconds; what is not set is left to the subject's own default. */
export interface Setting {
  /** The number of service addresses, each with a check and a prefix of its own. */
  readonly addresses: number;
  /** What is asked: a web page, or a name by UDP. Default: the web page. */
  readonly asks?: "http" | "dns";
  readonly every?: number;
  readonly timeout?: number;
  readonly fall?: number;
  readonly rise?: number;
  /** Ours: whether the agent knows the unit of the service, so that its end is an event. */
  readonly events?: boolean;
}

/** What is measured: ours, or what a user would pick instead. */
export interface Subject {
  readonly name: string;
  /** The systemd unit of the agent. */
  readonly unit: string;
  /** All files on the host for a setting, by their absolute paths. */
  files(setting: Setting): Record<string, string>;
  /** Shell commands on the host after its files are written and before its daemons start. */
  readonly prepare?: string;
  /** Other units to be restarted for a setting, before the agent. */
  readonly daemons: readonly string[];
  /** A shell command after each repetition: what is measured is a single failure, and not what the agent thinks of a row of them. */
  readonly forget?: string;
}

/** The addresses of both ends of the session. */
export const SESSION = { host: "198.18.0.2", hostAsn: 64500, neighbor: "198.18.0.1", neighborAsn: 64515 } as const;

/** The service's n-th address. */
export function addressOf(index: number): string {
  return `100.64.${index}.53`;
}

/** The indexes of the addresses of a setting. */
export function indexes({ addresses }: Setting): number[] {
  return Array.from({ length: addresses }, (_, index) => index);
}

/** The port that the service listens on, on all addresses. */
export const PORT = 8080;

/** The name that is asked for where names are asked. */
export const NAME = "example.net";

/** The shell command that the peers check with: the usual curl or dig, which give up by themselves where the peer knows whole seconds only. */
export function command(asks: Setting["asks"], address: string, timeout: number | undefined): string {
  if (asks === "dns") {
    const limit = timeout === undefined ? "" : `+timeout=${Math.ceil(timeout / 1000)} `;
    return `/usr/bin/dig +tries=1 ${limit}-p ${PORT} @${address} ${NAME} A`;
  }
  const limit = timeout === undefined ? "" : `--max-time ${timeout / 1000} `;
  return `/usr/bin/curl --silent --fail --output /dev/null ${limit}http://${address}:${PORT}/`;
}
