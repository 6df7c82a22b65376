import { readFileSync } from "node:fs";
import { MARKER_INTERFACE } from "../../model/paths.ts";

/** Reads how many packets came to this host from outside so far; undefined when the kernel does not tell. Costs less than a tenth of a millisecond. */
export function receivedPackets(): number | undefined {
  try {
    return packetsIn(readFileSync("/proc/net/dev", "utf8"));
  } catch {
    return undefined;
  }
}

/** The received packets of all interfaces but the host's own, of a text as `/proc/net/dev` has it. */
export function packetsIn(text: string): number {
  const lines = text.split("\n").flatMap((line) => {
    const [, name, packets] = /^\s*([^:\s]+):\s*\d+\s+(\d+)\s/.exec(line) ?? [];
    return name === undefined || name === "lo" || name === MARKER_INTERFACE ? [] : [Number(packets)];
  });
  return lines.reduce((sum, packets) => sum + packets, 0);
}
