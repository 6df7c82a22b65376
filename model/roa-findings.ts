import { parsePrefix, type Prefix } from "./ip.ts";
import type { Finding } from "./preflight.ts";
import { validateOrigin, type Vrp } from "./roa.ts";
import type { NetworkSummary } from "./summary.ts";

/** The payloads of a source that cover the announced prefixes. */
export interface RoaList {
  /** Where it was read from, as configured. */
  readonly source: string;
  /** How many payloads the source has in all. */
  readonly count: number;
  /** When it was made, in milliseconds since 1970; undefined where it does not say. */
  readonly made: number | undefined;
  readonly vrps: readonly Vrp[];
  /** Those that it has and that count no more. */
  readonly expired: readonly Vrp[];
}

/** What is announced: by which sites, from which AS as other networks see it. */
export interface Announced {
  readonly origin: number;
  readonly prefixes: readonly { readonly prefix: Prefix; readonly sites: readonly string[] }[];
}

/** What a network announces; drained sites announce, too. */
export function announcedOf({ asn, rpki, prefixes }: NetworkSummary): Announced {
  return {
    origin: rpki?.origin ?? asn,
    prefixes: Object.entries(prefixes).flatMap(([cidr, { active, drained }]) => {
      const prefix = parsePrefix(cidr);
      return "error" in prefix ? [] : [{ prefix, sites: [...active, ...drained].toSorted() }];
    }),
  };
}

/** Validators run every few minutes, and CAs sign anew within a day: what is older says nothing about today. */
const OLD_MS = 24 * 3_600_000;

const HOUR_MS = 3_600_000;

/** How many payloads a message names. */
const NAMED = 5;

/**
 * Judges the announcements by the ROAs that were read, as other networks do (RFC 6811): what they would reject is a problem; what no ROA is about,
 * and a ROA that allows more than is announced (RFC 9319), is a warning.
 *
 * @param roas undefined where no source was named
 * @param now milliseconds since 1970
 */
export function roaFindings(
  announced: Announced,
  roas: RoaList | { readonly failure: string } | undefined,
  now: number,
): Finding[] {
  const check = "ROA";
  if (roas === undefined)
    return [
      { check, status: "unknown", message: "was not checked: name a source in rpki.vrps, or with --roas FILE or URL" },
    ];
  if ("failure" in roas) return [{ check, status: "problem", message: roas.failure }];
  return [...ageFindings(roas, now), ...announced.prefixes.map((each) => roaFinding(announced.origin, each, roas))];
}

function ageFindings({ source, made }: RoaList, now: number): Finding[] {
  if (made === undefined || now - made <= OLD_MS) return [];
  const hours = Math.floor((now - made) / HOUR_MS);
  return [
    {
      check: "ROA source",
      status: "warning",
      message: `${source} was made ${hours} hours ago, and says nothing about ROAs that have changed since. Look after the validator that writes it`,
    },
  ];
}

function roaFinding(
  origin: number,
  { prefix, sites }: Announced["prefixes"][number],
  { vrps, expired }: RoaList,
): Finding {
  const check = `ROA ${prefix.cidr}`;
  const { state, covering, loose } = validateOrigin(vrps, prefix, origin);
  const exact = `a ROA for AS${origin}, ${prefix.cidr}, maxLength ${prefix.length}`;
  switch (state) {
    case "not-found": {
      const old = validateOrigin(expired, prefix, origin).covering;
      const over = old.length === 0 ? "" : ` that still counts (expired: ${listed(old)})`;
      return {
        check,
        status: "warning",
        message: `there is none${over}: anyone may announce the prefix, and networks that ask for a ROA reject it. Publish ${exact}; it takes up to a day to be seen`,
      };
    }
    case "invalid":
      return {
        check,
        status: "problem",
        message: `other networks would reject what ${sites.join(", ")} announce${sites.length === 1 ? "s" : ""} (RPKI invalid): ${causeOf(origin, prefix, covering)}. Publish ${exact}`,
      };
    case "valid":
      return loose.length === 0
        ? { check, status: "ok", message: "covers the announcement exactly" }
        : {
            check,
            status: "warning",
            message: `allows longer prefixes than are announced, which others could announce in the name of AS${origin} (RFC 9319): ${listed(loose)}. Publish ${exact} instead`,
          };
  }
}

function causeOf(origin: number, prefix: Prefix, covering: readonly Vrp[]): string {
  const own = covering.filter(({ asn }) => asn === origin && asn !== 0);
  if (own.length > 0) return `/${prefix.length} is longer than AS${origin} may announce, by ${listed(own)}`;
  return `the origin is AS${origin}, and there is ${listed(covering)}`;
}

function listed(vrps: readonly Vrp[]): string {
  const named = vrps.slice(0, NAMED).map(({ prefix, maxLength, asn }) => `${prefix.cidr}-${maxLength} AS${asn}`);
  return [...named, ...(vrps.length > NAMED ? [`${vrps.length - NAMED} more`] : [])].join(", ");
}
