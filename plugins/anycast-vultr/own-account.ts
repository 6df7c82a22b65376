import type { CallOptions, VultrApi } from "../../clients/vultr/api.ts";
import { VultrError } from "../../clients/vultr/error.ts";
import { listFirewallGroups } from "../../clients/vultr/firewalls.ts";
import { listServers, type VultrServer } from "../../clients/vultr/servers.ts";
import { listSshKeys } from "../../clients/vultr/ssh-keys.ts";
import { belongsTo, stackId } from "../../model/vultr/tags.ts";
import type { Context } from "./resource.ts";

/** The variable that names the stack of which everything at Vultr was really deleted by hand. */
export const ALL_GONE_VARIABLE = "ANYCAST_VULTR_GONE";

/** A thing of the account. */
interface Thing {
  readonly id: string;
  /** Tags or a name, which say to which stack it belongs. */
  readonly marks: readonly string[];
}

/** Tells a thing that was deleted by hand from one that is in another account than that of the key: both are a 404. */
export class OwnAccount {
  readonly #allGone: string | undefined;
  #things: Promise<readonly Thing[]> | undefined;

  /** @param allGone the value of {@link ALL_GONE_VARIABLE} */
  constructor(allGone: string | undefined) {
    this.#allGone = allGone;
  }

  /**
   * Passes if the account has anything else of the stack that a thing which is gone belongs to. The account is looked at once a run.
   *
   * @throws VultrError if it has nothing, as another account does
   */
  async confirmGone(urn: string, { api, signal, status, state }: Context): Promise<void> {
    const stack = stackOf(urn);
    if (this.#allGone === stack) return;
    this.#things ??= thingsOf(api, { signal, onWait: status });
    const things = (await this.#things).filter(({ id }) => !state.isNew(id));
    if (things.some(({ id, marks }) => state.hasId(id) || belongsTo(stack, marks))) return;
    throw new VultrError({
      kind: "refused",
      reason: `the account at ${api.url} does not have it, nor anything else of stack ${stack}`,
      remedy: `Set the key of the account that the stack was made in, as anycast-vultr:apiKey or VULTR_API_KEY; if all of it was deleted by hand, run this with ${ALL_GONE_VARIABLE}=${stack}`,
    });
  }
}

async function thingsOf(api: VultrApi, options: CallOptions): Promise<Thing[]> {
  const lists = await Promise.all([
    listed(listSshKeys(api, options), ({ id, name }) => ({ id, marks: [name] })),
    listed(listFirewallGroups(api, options), ({ id, description }) => ({ id, marks: [description] })),
    ...(["instance", "bareMetal"] as const).map((kind) => listed(listServers(api, kind, {}, options), ofServer)),
  ]);
  return lists.flat();
}

function ofServer({ id, tags }: VultrServer): Thing {
  return { id, marks: tags ?? [] };
}

/** A list as far as the key may see it. */
async function listed<T>(list: Promise<readonly T[]>, thing: (item: T) => Thing): Promise<Thing[]> {
  try {
    return (await list).map(thing);
  } catch (error) {
    if (error instanceof VultrError && (error.kind === "forbidden" || error.kind === "gone")) return [];
    throw error;
  }
}

/** The project and the stack of a resource, as in `anycast.prod`. */
function stackOf(urn: string): string {
  const [head = "", project = ""] = urn.split("::");
  return stackId(project, head.split(":")[2] ?? "");
}
