import { z } from "zod";

/** What can be done to a running service. `reload` and `zones` start one that is not running. */
const operation = z.enum(["keep", "start", "reload", "restart", "stop"]);

export type Operation = z.output<typeof operation>;

/** What is to be done to the host's services around a change of files. Kept in the journal, so that another process can do it, also of another version. */
export const actionsSchema = z.object({
  /** Why everything must be withdrawn meanwhile; null when nobody would notice the change. */
  hold: z.string().nullable(),
  /** Whether systemd must read its units again. */
  daemonReload: z.boolean(),
  enable: z.array(z.string()),
  disable: z.array(z.string()),
  network: operation,
  knot: operation,
  /** Zones to load anew when Knot itself is kept. */
  zones: z.array(z.string()),
  bird: operation,
  agent: operation,
  /** The units that tell the agent before a service stops. They have no part in an apply that an older agent began. */
  guards: z.object({ start: z.array(z.string()), stop: z.array(z.string()) }).default({ start: [], stop: [] }),
  /** What vanishes from the host's network at the end. */
  remove: z.object({
    /** Addresses of `lo`. */
    addresses: z.array(z.string()),
    /** nftables tables, as in `inet anycast`. */
    tables: z.array(z.string()),
    /** Whether the interface of the markers goes. */
    markers: z.boolean(),
  }),
});

export type Actions = z.output<typeof actionsSchema>;
