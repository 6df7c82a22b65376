/** A part of a community: a number, or the AS number that the operator names. */
export type Part = number | "AS";

/** One wish, as the communities that a provider reads it from. Exchange route servers honor the large form (RFC 8092) only, so both are sent where both exist. */
export interface CommunityForm {
  readonly standard: readonly [Part, Part] | undefined;
  readonly large: readonly [number, Part, Part] | undefined;
}

/** What a provider can be asked for by community; undefined where it cannot. The words are ours, the same for every provider. */
export interface ProviderCommunities {
  /** The provider prepends so many times to all. Without it, the site prepends its own AS number. */
  readonly prepend: Readonly<Record<1 | 2 | 3, CommunityForm>> | undefined;
  /** The provider does not announce to one AS. */
  readonly noExportTo: CommunityForm | undefined;
  /** The provider drops all traffic to the prefix. */
  readonly blackhole: CommunityForm | undefined;
  /** What would take a prefix off the Internet without saying so, with the reason; refused wherever it comes from. */
  readonly refused: readonly { readonly community: string; readonly reason: string }[];
}

/** What a site adds to the routes that it announces in full. */
export interface ExportMarks {
  readonly standard: readonly (readonly [number, number])[];
  readonly large: readonly (readonly [number, number, number])[];
  /** How many times the own AS number is added to the path. */
  readonly ownPrepends: number;
}

/** The wishes of a site, as in the configuration. */
export interface ExportWishes {
  readonly prepend: number;
  readonly noExportTo: readonly number[];
  readonly communities: readonly string[];
}

/** The largest AS number that fits into a standard community (RFC 1997). */
const MAX_STANDARD = 65535;

/** What carries the wishes of a site to its provider. What the provider cannot do is left out: `wishProblems` has refused it. */
export function exportMarks(offered: ProviderCommunities, wishes: ExportWishes): ExportMarks {
  const prepend = wishes.prepend === 0 ? undefined : offered.prepend?.[wishes.prepend as 1 | 2 | 3];
  const forms: [CommunityForm, number][] = [
    ...(prepend === undefined ? [] : [[prepend, 0] as [CommunityForm, number]]),
    ...(offered.noExportTo === undefined
      ? []
      : wishes.noExportTo.map((asn): [CommunityForm, number] => [offered.noExportTo!, asn])),
  ];
  const written = wishes.communities.map((community) => community.split(":").map(Number));
  return {
    standard: [
      ...forms.flatMap(([{ standard }, asn]) =>
        standard === undefined || asn > MAX_STANDARD ? [] : [fill(standard, asn) as [number, number]],
      ),
      ...(written.filter((parts) => parts.length === 2) as [number, number][]),
    ],
    large: [
      ...forms.flatMap(([{ large }, asn]) =>
        large === undefined ? [] : [fill(large, asn) as [number, number, number]],
      ),
      ...(written.filter((parts) => parts.length === 3) as [number, number, number][]),
    ],
    ownPrepends: prepend === undefined ? wishes.prepend : 0,
  };
}

function fill(parts: readonly Part[], asn: number): number[] {
  return parts.map((part) => (part === "AS" ? asn : part));
}

/** Communities that mean the same to all networks and have words of their own here. */
const RESERVED: readonly { readonly community: string; readonly reason: string }[] = [
  { community: "65535:0", reason: "is GRACEFUL_SHUTDOWN (RFC 8326): set state: drained" },
  {
    community: "65535:666",
    reason: "is BLACKHOLE (RFC 7999): all traffic to the prefix would be dropped, without a scope or an end (safety 7)",
  },
  { community: "65535:65281", reason: "is NO_EXPORT (RFC 1997): the prefix would not leave the provider" },
  { community: "65535:65282", reason: "is NO_ADVERTISE (RFC 1997): the prefix would not leave the first router" },
  { community: "65535:65283", reason: "is NO_EXPORT_SUBCONFED (RFC 1997): the prefix would not leave the provider" },
];

/** What is wrong with the wishes of a site: key and message. */
export function wishProblems(
  provider: string,
  offered: ProviderCommunities,
  wishes: ExportWishes,
): { key: readonly PropertyKey[]; message: string }[] {
  const problems: { key: readonly PropertyKey[]; message: string }[] = [];
  if (wishes.noExportTo.length > 0 && offered.noExportTo === undefined) {
    problems.push({
      key: ["noExportTo"],
      message: `${provider} has no community for it: leave it out here, or ask ${provider} to filter for you`,
    });
  }
  if (offered.noExportTo !== undefined && offered.noExportTo.large === undefined) {
    for (const [index, asn] of wishes.noExportTo.entries()) {
      if (asn > MAX_STANDARD)
        problems.push({
          key: ["noExportTo", index],
          message: `AS${asn} does not fit into ${provider}'s communities, which hold AS numbers up to ${MAX_STANDARD}`,
        });
    }
  }
  const blackhole = offered.blackhole === undefined ? [] : [{ community: text(offered.blackhole), reason: BLACKHOLE }];
  for (const [index, community] of wishes.communities.entries()) {
    const refused = [...RESERVED, ...offered.refused, ...blackhole].find((other) => other.community === community);
    const reason = refused?.reason ?? (USUAL_BLACKHOLE.test(community) ? PROBABLY_BLACKHOLE : undefined);
    if (reason !== undefined) problems.push({ key: ["communities", index], message: `${community} ${reason}` });
  }
  return problems;
}

const BLACKHOLE =
  "is the provider's blackhole: all traffic to the prefix would be dropped, without a scope or an end (safety 7)";

/** What nearly every network that has a blackhole of its own calls it, as `20473:666`. */
const USUAL_BLACKHOLE = /^\d+:666(:\d+)?$/;
const PROBABLY_BLACKHOLE =
  "is a blackhole at nearly every network: all traffic to the prefix would be dropped, without a scope or an end (safety 7)";

function text({ standard, large }: CommunityForm): string {
  return (standard ?? large ?? []).join(":");
}
