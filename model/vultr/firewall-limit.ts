/** The most rules that a firewall group may have where Vultr has not said otherwise. */
export const USUAL_RULE_LIMIT = 50;

/**
 * Refuses more rules than a firewall group takes; undefined when they fit.
 *
 * @param meanwhile how many it has while it is changed, as it opens before it closes. Default: no more
 */
export function ruleLimitProblem(rules: number, limit: number, meanwhile = rules): string | undefined {
  if (rules <= limit && meanwhile <= limit) return undefined;
  if (rules <= limit)
    return `anycast:network: Vultr's firewall in front of the hosts would need ${meanwhile} rules while it is changed, ${rules} afterwards, and a group takes ${limit}: it opens before it closes. Make the change in two runs, first without what is new`;
  return `anycast:network: Vultr's firewall in front of the hosts would need ${rules} rules, and a group takes ${limit}. Name fewer, shorter prefixes in management.from, or fewer ports of services`;
}
