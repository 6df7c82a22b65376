import { METROS, distanceKm, type Metro } from "../model/metros.ts";
import { TRANSIT_METROS, customerLink, peerLink, type LinkAddresses } from "./addressing.ts";

/** A BGP session between two routers of the lab, from the point of view of one of them. */
export interface RouterSession {
  readonly peer: string;
  readonly relation: "provider" | "customer" | "peer";
  /** The length of the link, in km. */
  readonly km: number;
  readonly link: LinkAddresses;
  /** Which end of the link is ours. */
  readonly end: 0 | 1;
}

/** The transits, in the order of their numbers. */
export const TRANSITS = TRANSIT_METROS.map((metro, index) => ({ number: index + 1, metro }));

/** The metro of a region. @throws Error when there is none of this name */
function metroOf(region: string): Metro {
  const metro = METROS.get(region);
  if (metro === undefined) throw new Error(`'${region}' is no region of the lab.`);
  return metro;
}

function kilometers(a: string, b: string): number {
  return Math.round(distanceKm(metroOf(a), metroOf(b)));
}

/** The numbers of the two transits nearest to a region, the nearest first. */
export function providersOf(region: string): number[] {
  const sorted = TRANSITS.toSorted((a, b) => kilometers(region, a.metro) - kilometers(region, b.metro));
  return sorted.slice(0, 2).map(({ number }) => number);
}

/** The sessions of a region's edge with its two transits. */
export function edgeSessions(region: string): RouterSession[] {
  return providersOf(region).map((number) => ({
    peer: `transit-${number}`,
    relation: "provider",
    km: kilometers(region, TRANSIT_METROS[number - 1] ?? ""),
    link: customerLink(number, region),
    end: 1,
  }));
}

/** The sessions of a transit: with the other transits, and with the edges of the regions that it serves. */
export function transitSessions(number: number, regions: readonly string[]): RouterSession[] {
  const metro = TRANSIT_METROS[number - 1] ?? "";
  const peers = TRANSITS.filter((other) => other.number !== number).map((other): RouterSession => {
    const [low, high] = [Math.min(number, other.number), Math.max(number, other.number)];
    return {
      peer: `transit-${other.number}`,
      relation: "peer",
      km: kilometers(metro, other.metro),
      link: peerLink(low, high),
      end: number === low ? 0 : 1,
    };
  });
  const customers = regions
    .filter((region) => providersOf(region).includes(number))
    .map((region): RouterSession => ({
      peer: `edge-${region}`,
      relation: "customer",
      km: kilometers(region, metro),
      link: customerLink(number, region),
      end: 0,
    }));
  return [...peers, ...customers];
}
