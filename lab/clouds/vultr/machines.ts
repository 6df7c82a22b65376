import type { ServerAddresses, StoredRule, StoredServer } from "./state.ts";

/** The machine behind a server. */
export interface Machine {
  readonly addresses: ServerAddresses;
  /** The lab's host. */
  readonly host?: string;
}

/** What can be done to a machine's power. */
export type PowerChange = "start" | "halt" | "reboot";

/** What stands behind the simulated servers. */
export interface Machines {
  /**
   * Makes the machine of a server and powers it on, without waiting for its boot.
   *
   * @param rootKeys the SSH keys that root accepts
   * @param rules what the firewall in front of it lets through; undefined: everything
   */
  readonly make: (
    server: StoredServer,
    rootKeys: readonly string[],
    rules: readonly StoredRule[] | undefined,
  ) => Promise<Machine>;
  /** Removes the machine of a server. */
  readonly remove: (server: StoredServer) => Promise<void>;
  readonly power: (server: StoredServer, change: PowerChange) => Promise<void>;
  /** Sets what the firewall in front of a server lets through; undefined: everything. */
  readonly protect: (server: StoredServer, rules: readonly StoredRule[] | undefined) => Promise<void>;
}

/** Servers without machines: each has addresses that nothing answers at. */
export const noMachines: Machines = {
  make: async ({ number }) => ({
    addresses: {
      ipv4: `198.18.${(number >> 8) & 255}.${number & 255}`,
      ipv6: `2001:db8:1::${number.toString(16)}`,
      gatewayIpv4: "198.18.255.254",
    },
  }),
  remove: async () => {},
  power: async () => {},
  protect: async () => {},
};
