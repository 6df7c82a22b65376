import type { NetworkPlan } from "./plan.ts";
import type { BgpProfile } from "./profiles.ts";

/**
 * A letter of authorization for a provider, ready to be put on the holder's paper and signed.
 *
 * @param date as in `2026-03-01`
 */
export function letterOfAuthorization({ config }: NetworkPlan, profile: BgpProfile, date: string): string {
  const provider = profile.account === "vultr" ? "The Constant Company, LLC (Vultr), AS20473" : profile.title;
  return `LETTER OF AUTHORIZATION

Date: ${date}

To: ${provider}

We, the registered holder of the following prefixes and of the AS number
AS${config.asn}, authorize ${provider}, to accept
their announcement from us and to announce them to other networks, with
AS${config.asn} as their origin:

${config.prefixes.map(({ cidr }) => `    ${cidr}`).join("\n")}

This authorization holds until we withdraw it in writing. We are the contact
for all questions and complaints about these prefixes.

Organization: ______________________________________________

Address:      ______________________________________________

              ______________________________________________

Name, title:  ______________________________________________

Email, phone: ______________________________________________


Signature:    ______________________________________________
`;
}
