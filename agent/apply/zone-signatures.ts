/** A signature in a zone file: what it covers, and until when it is valid, as digits or in seconds since 1970 (RFC 4034, 3.2). */
const SIGNATURE = /\bRRSIG\s+([A-Z][A-Z0-9-]*)\s+\d+\s+\d+\s+\d+\s+(?:\(\s*)?(\d{14}|\d{1,10})\b/gi;

/**
 * When the signatures of a zone expired, in ISO 8601; undefined while those of each type are valid somewhere, and for a zone that is not
 * signed. Knot's own check stops at the first of all problems with DNSSEC, which may be another one.
 *
 * @param zone the text of a zone file
 * @param now milliseconds since 1970
 */
export function expiredSince(zone: string, now: number): string | undefined {
  const latest = new Map<string, number>();
  for (const [, type = "", until = ""] of zone.matchAll(SIGNATURE)) {
    const covered = type.toUpperCase();
    latest.set(covered, Math.max(latest.get(covered) ?? 0, momentOf(until)));
  }
  const earliest = Math.min(...latest.values());
  return earliest < now ? new Date(earliest).toISOString() : undefined;
}

function momentOf(until: string): number {
  if (until.length !== 14) return Number(until) * 1000;
  const [year, month, day, hour, minute, second] = until.match(/^\d{4}|\d\d/g) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
