import { MARKER_INTERFACE } from "../model/paths.ts";
import { header, paragraphs } from "./text.ts";

/** Kernel settings for a host with anycast addresses on `lo`, in the format of sysctl.d(5). */
export function renderSysctl(site: string): string {
  return paragraphs(
    [header(site)],
    [
      "# A leaf never forwards. This comes first, as changing it resets other settings. accept_ra stays",
      "# as it is: a host that does not forward goes on taking router advertisements.",
      "net.ipv4.ip_forward = 0",
      "net.ipv6.conf.all.forwarding = 0",
    ],
    [
      "# Loose reverse path filter (RFC 3704): a client may come in where the way back does not go out.",
      "# The kernel takes the maximum of 'all' and the interface's own value, so that 2 here is 2",
      "# everywhere, even where an interface says 1 (strict).",
      "net.ipv4.conf.all.rp_filter = 2",
    ],
    [
      "# The service addresses are on lo: no other interface answers ARP for them or asks in their name.",
      "net.ipv4.conf.all.arp_ignore = 1",
      "net.ipv4.conf.all.arp_announce = 2",
    ],
    [
      "# Nobody on the provider's network redirects us. On a host that does not forward, 'all' or the",
      "# interface is enough to accept, so every one is set.",
      "net.ipv4.conf.*.accept_redirects = 0",
      "net.ipv4.conf.*.send_redirects = 0",
      "net.ipv4.conf.*.accept_source_route = 0",
      "net.ipv6.conf.*.accept_redirects = 0",
      "net.ipv6.conf.*.accept_source_route = 0",
    ],
    [
      "# 'Packet too big' for an anycast address may arrive at another site (RFC 7690): TCP finds the",
      "# path's MTU without it (RFC 4821).",
      "net.ipv4.tcp_mtu_probing = 1",
    ],
    [
      "# A new IPv6 marker counts at once, without a second of duplicate address detection. The '-' is",
      "# for the boot, where the interface does not exist yet when this file is read for the first time.",
      `-net.ipv6.conf.${MARKER_INTERFACE}.accept_dad = 0`,
    ],
  );
}
