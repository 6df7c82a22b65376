import { MARKER_INTERFACE } from "../model/paths.ts";
import type { NetworkConfig } from "../model/schema.ts";
import { serviceAddresses } from "./order.ts";
import { header, paragraphs } from "./text.ts";

/**
 * The `ip -force -batch` file that puts the services' addresses on `lo` and brings the interface of the markers up. Loading it again changes nothing.
 * The host never takes a service address as the source of its own traffic: IPv4 by `scope host`, IPv6 by `preferred_lft 0` (RFC 4862, deprecated).
 */
export function renderAddresses(network: NetworkConfig, site: string): string {
  return paragraphs(
    [header(site)],
    [
      "# The services' addresses. Their scope or lifetime keeps the host from using them as its own source.",
      ...serviceAddresses(network).map((address) =>
        address.includes(":")
          ? `address replace ${address}/128 dev lo valid_lft forever preferred_lft 0`
          : `address replace ${address}/32 dev lo scope host`,
      ),
    ],
    [
      "# The interface of the markers; the agent alone puts addresses on it.",
      `link set dev ${MARKER_INTERFACE} addrgenmode none`,
      `link set dev ${MARKER_INTERFACE} up`,
    ],
  );
}
