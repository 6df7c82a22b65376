import type * as pulumi from "@pulumi/pulumi";

/**
 * A provider's firewall that hosts of several sites are behind. It opens what they will need before anything is done on them, and closes what none of
 * them needs any more when all have been changed.
 */
export interface SharedFirewall {
  /** What it lets through in the end, as text. */
  readonly rules: string;
  /**
   * Has it close the rest, once.
   *
   * @param after what has to be done before; the sites behind it, as the plan wants them
   * @returns undefined when that was declared before
   */
  close(after: readonly pulumi.Resource[]): pulumi.Resource | undefined;
}
