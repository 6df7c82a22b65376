import type { Finding } from "../preflight.ts";
import type { NetworkPlan } from "../plan.ts";
import { parentsOf } from "./adoption.ts";
import { costChanges, dollars, totals } from "./costs.ts";
import type { VultrLists } from "./lists.ts";
import { orderProblems, vultrOrders, vultrSites } from "./orders.ts";
import { VULTR_TYPES } from "./resources.ts";
import { monthlyCost, providerOf, typeOf, type Stray, type Strays } from "./strays.ts";

/** What Vultr's lists say about what the sites order, and what it costs. */
export function orderFindings(plan: NetworkPlan, lists: VultrLists): Finding[] {
  const problems = orderProblems(plan, lists, []);
  if (problems.length > 0)
    return problems.map((message): Finding => ({ check: "Vultr order", status: "problem", message }));
  const orders = vultrOrders(plan);
  const { after } = totals(costChanges([], orders, lists));
  return [
    {
      check: "Vultr order",
      status: "ok",
      message: `${orders.length} servers are in stock, for ${dollars(after)} a month by the list prices`,
    },
  ];
}

/** A stack as the imports into it need it. */
export interface KnownStack {
  readonly stack: string;
  readonly plan: NetworkPlan;
  /** The URNs of the resources in its state. */
  readonly urns: readonly string[];
}

/** The servers that cost money and that the stack does not have, with what to do about each. */
export function strayFindings({ strays, elsewhere }: Strays, known: KnownStack, lists: VultrLists): Finding[] {
  const check = "Vultr servers";
  const others = Object.entries(elsewhere).map(([stack, count]) => `${count} of ${stack}`);
  const besides = others.length === 0 ? "" : ` (beside ${others.join(", ")})`;
  if (strays.length === 0)
    return [{ check, status: "ok", message: `the stack has all of those with its tags${besides}` }];
  return strays.map((stray): Finding => ({
    check,
    status: "warning",
    message: `${stray.site}: server ${stray.id} (${stray.plan}, ${dollars(monthlyCost(stray, lists))} a month) has this stack's tags, and the stack does not have it. ${remedy(stray, known)}`,
  }));
}

function remedy(stray: Stray, { stack, plan, urns }: KnownStack): string {
  const remove = "Delete it at Vultr";
  const wanted = vultrSites(plan).some(
    ({ name, host }) => name === stray.site && host.provider === providerOf(stray.kind),
  );
  if (!wanted) return `${remove}: the stack file has no such site`;
  const isServer = (urn: string): boolean =>
    urn.endsWith(`::${stray.resource}`) &&
    (urn.includes(VULTR_TYPES.instance) || urn.includes(VULTR_TYPES.bareMetalServer));
  if (urns.some(isServer))
    return stray.unfinished
      ? `A replacement that broke off has left it: repeat that one, which takes it up, or delete it: ${deletionOf(stray)}`
      : `${remove}: the stack has another server for the site`;
  const parent = urns.find((urn) => urn.endsWith(`anycast:index:AnycastSite::${parentsOf(stray).site}`));
  if (stray.unfinished)
    return parent === undefined
      ? `${remove}: its creation broke off, and its host key is lost`
      : "Its creation broke off: the next 'pulumi up' finishes it";
  if (parent === undefined) return `Take it back into the state: npx anycast preflight --stack ${stack} --adopt`;
  return `Import it: pulumi import --stack ${stack} --protect=false --generate-code=false --parent 'site=${parent}' ${typeOf(stray.kind)} ${stray.resource} ${stray.id}`;
}

/** The command that deletes a server, with what every machine has. */
function deletionOf({ kind, id }: Stray): string {
  const path = kind === "instance" ? "instances" : "bare-metals";
  return `curl -X DELETE -H "Authorization: Bearer $VULTR_API_KEY" https://api.vultr.com/v2/${path}/${id}`;
}
