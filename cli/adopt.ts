import {
  adoptionScript,
  groupIds,
  importFile,
  parentsOf,
  sharedThings,
  type Adopted,
} from "../model/vultr/adoption.ts";
import { hostIdentity } from "../model/vultr/identity.ts";
import type { NetworkPlan } from "../model/plan.ts";
import { stackName } from "../model/stack-file/project.ts";
import { vultrSites } from "../model/vultr/orders.ts";
import { providerOf, type Stray } from "../model/vultr/strays.ts";
import { keyName, sharedName } from "../model/vultr/tags.ts";
import { listSshKeys } from "../clients/vultr/ssh-keys.ts";
import type { VultrApi } from "../clients/vultr/api.ts";
import { CliError } from "./cli-error.ts";
import { scanHostKey } from "./scan.ts";
import type { StackResource } from "./stack-state.ts";

/** What there is to take back, and where to. */
export interface Adoption {
  readonly project: string;
  readonly stack: string;
  readonly plan: NetworkPlan;
  readonly strays: readonly Stray[];
  /** In the stack's state. */
  readonly resources: readonly StackResource[];
}

/**
 * The shell script that takes servers back into a state that was lost. A server whose host key is not the one that its tag has is left out.
 *
 * @param warn is given what is left out and why, and what could not be checked
 * @throws CliError when nothing can be taken back
 */
export async function adoption(
  api: VultrApi,
  { project, stack, plan, strays, resources }: Adoption,
  warn: (line: string) => void,
): Promise<string> {
  const adopted: Adopted[] = [];
  for (const { name, host } of vultrSites(plan)) {
    const candidates = strays.filter(({ site, kind }) => site === name && providerOf(kind) === host.provider);
    const [server, ...others] = candidates.filter(({ unfinished }) => !unfinished);
    if (server === undefined) {
      if (candidates.length > 0)
        warn(`${name}: ${candidates.map(({ id }) => id).join(", ")} was never finished: delete it at Vultr`);
    } else if (others.length > 0) {
      const ids = [server, ...others].map(({ id }) => id).join(", ");
      warn(
        `${name}: there are several servers (${ids}): delete at Vultr all but the one that announces, then run this again`,
      );
    } else {
      const hostKey = await checkedKey(server, warn);
      if (hostKey !== undefined) adopted.push({ server, hostKey });
    }
  }
  const first = adopted[0];
  if (first === undefined) throw new CliError(`stack ${stack}: no server at Vultr can be taken back into its state`);
  const { network } = parentsOf(first.server);
  const groups = groupIds(
    plan,
    adopted.map(({ server }) => server),
  );
  const shared = sharedThings(network, groups, await keysOf(api, sharedName(project, stackName(stack), network)));
  return adoptionScript(
    stack,
    adopted,
    importFile(
      adopted,
      shared,
      resources.map(({ urn }) => urn),
    ),
  );
}

/** The host key that a server offers, if it is the one whose fingerprint is in its tag. */
async function checkedKey(
  { site, id, mainIp, identity }: Stray,
  warn: (line: string) => void,
): Promise<string | undefined> {
  const hostKey = mainIp === undefined ? undefined : await scanHostKey(mainIp);
  if (mainIp === undefined || hostKey === undefined) {
    warn(
      `${site}: server ${id} offers no host key at ${mainIp ?? "any address"}: let SSH through from here, then run this again`,
    );
    return undefined;
  }
  if (identity === undefined) {
    warn(
      `${site}: no tag of server ${id} has its fingerprint: compare '${hostKey}' with /etc/ssh/ssh_host_ed25519_key.pub on its console before you run this`,
    );
    return hostKey;
  }
  if (hostIdentity(hostKey) === identity) return hostKey;
  warn(
    `${site}: ${mainIp} offers another host key than server ${id} was made with: it was reinstalled, or something answers in its place. Left out`,
  );
  return undefined;
}

/** The keys of a network at Vultr, by their names: of several with one name the first. */
async function keysOf(api: VultrApi, shared: string): Promise<{ index: number; id: string }[]> {
  const keys = await listSshKeys(api);
  return keys.flatMap((_, index) => {
    const key = keys.find(({ name }) => name === keyName(shared, index));
    return key === undefined ? [] : [{ index, id: key.id }];
  });
}
