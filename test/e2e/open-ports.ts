import { execa } from "execa";
import ipaddr from "ipaddr.js";
import type { StoredRule } from "../../lab/clouds/vultr/state.ts";
import { must, type Checkout } from "./checkout.ts";

/** A port at which something listens for others than itself. */
export interface Port {
  readonly protocol: "tcp" | "udp";
  readonly port: number;
}

/** Packets to some ports. */
interface Knock {
  /** The node that sends them; undefined: this machine, over the management network. */
  readonly from: string | undefined;
  /** The address that they come from. */
  readonly source: string;
  readonly address: string;
  readonly ports: readonly Port[];
}

/** Sends a packet to each port, and waits for nothing. Arguments: the address, then as in `tcp/53`. */
const KNOCK = `
const [address, ...ports] = process.argv.slice(1);
for (const [protocol, port] of ports.map((each) => each.split("/"))) {
  if (protocol === "tcp") require("node:net").connect(Number(port), address).on("error", () => undefined);
  else require("node:dgram").createSocket(address.includes(":") ? "udp6" : "udp4").send("?", Number(port), address);
}
setTimeout(() => process.exit(), 500);`;

/** As in \`tcp/53\`. */
export function nameOf({ protocol, port }: Port): string {
  return `${protocol}/${port}`;
}

/** The ports at which a site's host listens, but for those that only itself reaches. */
export async function listeningPorts(checkout: Checkout, site: string): Promise<Port[]> {
  const { stdout } = must(await checkout.exec(`site-${site}`, "ss", "-Hlntu"));
  const found = stdout.split("\n").flatMap((line): Port[] => {
    const [protocol, , , , local = ""] = line.trim().split(/\s+/);
    const [, address = "", port] = /^(.*?)(?:%\w+)?:(\d+)$/.exec(local) ?? [];
    const isOwn = /^(127\.|\[::1\])/.test(address);
    return (protocol === "tcp" || protocol === "udp") && port !== undefined && !isOwn
      ? [{ protocol, port: Number(port) }]
      : [];
  });
  return [...new Map(found.map((each) => [nameOf(each), each])).values()];
}

/** The ports at which packets arrive at a site's host, whatever the host itself makes of them. */
export async function arrivingPorts(
  checkout: Checkout,
  site: string,
  { from, source, address, ports }: Knock,
): Promise<string[]> {
  // Of this source alone: the provider's speakers come by as well.
  const own = `${source.includes(":") ? "ip6" : "ip"} saddr ${source}`;
  const counters = ports.map(
    ({ protocol, port }) => `    ${own} ${protocol} dport ${port} counter comment "${protocol}/${port}"\n`,
  );
  const table = `table inet knock { chain arriving { type filter hook prerouting priority -400\n${counters.join("")}  }\n}\n`;
  const within = (script: string) => checkout.exec(`site-${site}`, "sh", "-c", script);
  must(await within(`nft -f - <<'END'\n${table}END`));
  try {
    const args = ["-e", KNOCK, address, ...ports.map(nameOf)];
    if (from === undefined) await execa(process.execPath, args);
    else must(await checkout.exec(from, "node", ...args));
    const { stdout } = must(await within("nft list table inet knock"));
    const seen = [...stdout.matchAll(/counter packets (\d+) .*comment "([^"]+)"/g)];
    return seen.flatMap(([, packets, name = ""]) => (Number(packets) > 0 ? [name] : [])).toSorted();
  } finally {
    must(await within("nft delete table inet knock"));
  }
}

/** The ports of some that rules open for an address. */
export function openedPorts(rules: readonly StoredRule[], ports: readonly Port[], source: string): string[] {
  const address = ipaddr.parse(source);
  return ports
    .filter((each) =>
      rules.some(({ protocol, port, subnet, subnetSize }) => {
        const network = ipaddr.parse(subnet);
        const isMeant = protocol === each.protocol && port === String(each.port);
        return isMeant && network.kind() === address.kind() && address.match([network, subnetSize] as never);
      }),
    )
    .map(nameOf)
    .toSorted();
}
