import type { HostFacts, Neighbor } from "../model/host.ts";
import type { NetworkConfig } from "../model/schema.ts";
import { announcedFamilies } from "./order.ts";

/** A BGP session with the name of its BIRD protocol. */
export interface Session {
  /** As in `session_v4_1`. */
  readonly protocol: string;
  readonly neighbor: Neighbor;
}

/** The sessions of a host. A neighbor of a family in which nothing is announced gets none: it would carry nothing and could only fail. */
export function sessions(network: NetworkConfig, host: HostFacts): Session[] {
  return announcedFamilies(network).flatMap((family) =>
    host.neighbors
      .filter((neighbor) => neighbor.family === family)
      .map((neighbor, index) => ({ protocol: `session_v${family}_${index + 1}`, neighbor })),
  );
}

/** BIRD's name of a neighbor's password. It derives from the address, so that secrets and configuration agree whatever the order of neighbors. */
export function passwordSymbol(neighbor: Neighbor): string {
  return `password_${neighbor.address.replaceAll(/[.:]/g, "_")}`;
}
