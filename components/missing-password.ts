import * as pulumi from "@pulumi/pulumi";
import type { SitePlan } from "../model/plan.ts";
import { PROFILES } from "../model/profiles.ts";

/** The error of a site whose sessions need a password that nobody gave. */
export function missingPassword(site: SitePlan): pulumi.RunError {
  const { account } = site.profile;
  return new pulumi.RunError(
    `Site '${site.name}' has BGP sessions with a password, and there is none. ` +
      `Set it: pulumi config set --secret --path anycast:bgpPasswords.${site.name}` +
      (account === PROFILES.custom.account ? "" : ` (or anycast:bgpPasswords.${account}, for the whole account)`),
  );
}
