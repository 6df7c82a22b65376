/** The most rules that a firewall group may have where Vultr has not said otherwise. */
export const USUAL_RULE_LIMIT = 50;

/** Refuses more rules than a firewall group takes; undefined when they fit. */
export function ruleLimitProblem(rules: number, limit: number): string | undefined {
  if (rules <= limit) return undefined;
  return `anycast:network: Vultr's firewall in front of the hosts would need ${rules} rules, and a group takes ${limit}. Name fewer, shorter prefixes in management.from, or fewer ports of services`;
}
