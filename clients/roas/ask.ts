import type { Finding } from "../../model/preflight.ts";
import { announcedOf, roaFindings } from "../../model/roa-findings.ts";
import type { NetworkSummary } from "../../model/summary.ts";
import { readRoas } from "./read.ts";

/**
 * Judges what a network announces by the ROAs of a source.
 *
 * @param source default: the one that the network configures
 */
export async function askRoas(
  network: NetworkSummary,
  source: string | undefined = network.rpki?.vrps,
): Promise<Finding[]> {
  const announced = announcedOf(network);
  const prefixes = announced.prefixes.map(({ prefix }) => prefix);
  return roaFindings(announced, source === undefined ? undefined : await readRoas(source, prefixes), Date.now());
}
