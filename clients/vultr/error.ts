/** Why a request came to nothing. */
export type VultrErrorKind =
  /** 401: the key is not known. */
  | "key"
  /** 401 or 403: the key may not be used from this machine's address. */
  | "address"
  /** 403: the key may not do this. */
  | "forbidden"
  /** 404 and the like in the API's own words: there is no such thing. */
  | "gone"
  /** Any other 4xx: the API does not do it. */
  | "refused"
  /** 429, for longer than is waited. */
  | "busy"
  /** 5xx, a cut connection or an answer that is not the API's, again and again. */
  | "down"
  /** The engine or the user stopped it. */
  | "cancelled";

interface Facts {
  readonly kind: VultrErrorKind;
  /** What is wrong, as a clause: `Vultr has no such plan (status 400)`. */
  readonly reason: string;
  readonly remedy: string;
  readonly status?: number | undefined;
  /** What the API said, at most 300 characters; empty if nothing. */
  readonly said?: string;
  /** Whether the request may have been carried out all the same. */
  readonly perhapsDone?: boolean;
}

/** A failed request to Vultr's API, in the user's words. The key is never in it. */
export class VultrError extends Error {
  readonly kind: VultrErrorKind;
  readonly reason: string;
  readonly remedy: string;
  readonly status: number | undefined;
  readonly said: string;
  readonly perhapsDone: boolean;

  constructor({ kind, reason, remedy, status, said = "", perhapsDone = false }: Facts) {
    super(`${reason}. ${remedy}`);
    this.name = "VultrError";
    this.kind = kind;
    this.reason = reason;
    this.remedy = remedy;
    this.status = status;
    this.said = said;
    this.perhapsDone = perhapsDone;
  }

  /** The same error, which also says what part of the request it is about. */
  about(what: string): VultrError {
    const { kind, remedy, status, said, perhapsDone } = this;
    return new VultrError({ kind, reason: `${this.reason}, for ${what}`, remedy, status, said, perhapsDone });
  }
}

/** Whether something failed because the thing is not at Vultr any more. */
export function isGone(error: unknown): boolean {
  return error instanceof VultrError && error.kind === "gone";
}

const SET_KEY = "`pulumi config set --secret anycast-vultr:apiKey`, or VULTR_API_KEY";

/** Remedies for what Vultr is known to refuse, by words in its answer; the first that fits. */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [
    /out of stock|sold out|not available|unavailable|no capacity|insufficient capacity/i,
    "Choose another plan or region, or try again later; `locations` in https://api.vultr.com/v2/plans lists where a plan is in stock",
  ],
  [
    /maximum (monthly|number)|limit|quota|exceed/i,
    "Raise the limit with Vultr's support (my.vultr.com → Account → Limits), or remove what is not needed",
  ],
  [/invalid plan/i, "Choose a plan of https://api.vultr.com/v2/plans"],
  [/invalid region/i, "Choose a region of https://api.vultr.com/v2/regions"],
  [/invalid os/i, "Choose an operating system of https://api.vultr.com/v2/os"],
  [/balance|billing|payment|suspend/i, "Look at the account's billing at my.vultr.com"],
];

/**
 * What a 4xx answer means, and what to do.
 *
 * @param said the API's own text
 * @param json whether it came in the API's form
 */
export function refusal(method: string, status: number, said: string, json: boolean): VultrError {
  const detail = `status ${status}${said === "" ? "" : `: ${said}`}`;
  const facts = { status, said };
  if (!json)
    return new VultrError({
      ...facts,
      kind: "refused",
      reason: `something in front of Vultr's API refuses the request (${detail})`,
      remedy: "Check the proxy of this machine, and VULTR_API_URL if it is set",
    });
  if ((status === 401 || status === 403) && /\bIP\b|address/i.test(said))
    return new VultrError({
      ...facts,
      kind: "address",
      reason: `Vultr does not let this machine's address use the API key (${detail})`,
      remedy: "Allow it at my.vultr.com → Account → API → Access Control, for IPv4 and IPv6",
    });
  if (status === 401)
    return new VultrError({
      ...facts,
      kind: "key",
      reason: `Vultr does not know the API key (${detail})`,
      remedy: `Set the present one: ${SET_KEY}`,
    });
  if (status === 403)
    return new VultrError({
      ...facts,
      kind: "forbidden",
      reason: `the API key may not do this (${detail})`,
      remedy: "Give its user the permission at my.vultr.com → Account → Users, or use another key",
    });
  // Both are in use: `instance not found` with 404, and `invalid instance ID`.
  if (status === 404 || ((method === "GET" || method === "DELETE") && /^invalid .*\bID\b/i.test(said)))
    return new VultrError({
      ...facts,
      kind: "gone",
      reason: `Vultr has no such thing (${detail})`,
      remedy: "If it was deleted by hand, run `pulumi refresh`, then `pulumi up`",
    });
  return new VultrError({
    ...facts,
    kind: "refused",
    reason: `Vultr refuses it (${detail})`,
    remedy: REFUSALS.find(([words]) => words.test(said))?.[1] ?? "Correct what it names, and run it again",
  });
}

/** The error of a request without a key, which is never sent. */
export function keyMissing(): VultrError {
  return new VultrError({
    kind: "key",
    reason: "there is no key for Vultr's API",
    remedy: `Set one: ${SET_KEY}`,
  });
}

/** The error of an operation that was stopped from outside. */
export function cancelled(perhapsDone: boolean): VultrError {
  return new VultrError({
    kind: "cancelled",
    reason: "it was cancelled",
    remedy: "Run it again: it goes on where it stopped",
    perhapsDone,
  });
}

/** The error of an answer that is the API's, but not as it is known here. */
export function unexpected(method: string, path: string): VultrError {
  return new VultrError({
    kind: "down",
    reason: `Vultr's API answers ${method} ${path} in a form that is not known here`,
    remedy: "Look for a newer version of pulumi-anycast",
    perhapsDone: method === "POST",
  });
}
