import { z } from "zod";
import { canonicalAddress } from "./ip.ts";

/** An IP address, made canonical, or `host`: each own address of the host. */
export const hostOrAddress = z
  .string()
  .meta({ pattern: "^(host|[0-9A-Fa-f.:]+)$", patternErrorMessage: "must be an IP address, or host" })
  .transform((text, context) => {
    const canonical = text === "host" ? text : canonicalAddress(text);
    if (canonical !== undefined) return canonical;
    context.addIssue({ code: "custom", message: `'${text}' is no IP address, nor host` });
    return z.NEVER;
  });

/** Whom a check asks that other sites' agents can make. */
export const outsideTarget = {
  address: hostOrAddress.optional().meta({
    description:
      "Whom the check asks, when it is not the service itself; `host`: each own address of the host, with `from: peer`",
    absent: "each address of the service",
  }),
  from: z.literal("peer").optional().meta({
    description:
      "`peer`: other sites' agents make the check, in turn, at `address: host`; while none answers, it says nothing",
    absent: "the host itself",
  }),
};

type Asking = {
  readonly address?: string | undefined;
  readonly from?: "peer" | undefined;
  readonly slow?: number | undefined;
  readonly serial?: unknown;
};

/** What is wrong with who asks whom. */
export function outsideFits({ address: asked, from, slow, serial: serials }: Asking, context: z.RefinementCtx): void {
  const problem = (path: string, message: string): void => context.addIssue({ code: "custom", path: [path], message });
  if (from === undefined) {
    if (asked === "host") problem("address", "'host' is for checks with from: peer; the host would answer itself");
    return;
  }
  if (asked !== "host")
    problem(
      "address",
      "must be host: other sites probe the host's own addresses alone, as the service's lead to the nearest site",
    );
  if (slow !== undefined) problem("slow", "other sites are not equally near: leave it to a check from the host");
  if (serials !== undefined) problem("serial", "other sites compare no serials: leave it to a check from the host");
}
