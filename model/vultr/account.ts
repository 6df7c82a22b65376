import { z } from "zod";

/** `GET /v2/account/bgp`: the AS number is ours, never the neighbor's. */
export const vultrBgpSchema = z.object({
  enabled: z.boolean(),
  asn: z.int().nullish(),
  password: z.string().nullish(),
});

/** `GET /v2/account/bgp/prefixes`. Not in the published API; missing in some accounts. */
export const vultrPrefixesSchema = z.object({
  prefixes: z.array(z.object({ prefix: z.string(), rpki_status: z.string().nullish() })),
});

/** Why Vultr's API gave no answer. */
export interface NoAnswer {
  readonly failure: string;
}

/** What Vultr's API tells of an account. */
export interface VultrAccountFacts {
  readonly bgp: z.output<typeof vultrBgpSchema> | NoAnswer;
  /** Undefined when the API does not tell them. */
  readonly prefixes: z.output<typeof vultrPrefixesSchema>["prefixes"] | undefined;
}
