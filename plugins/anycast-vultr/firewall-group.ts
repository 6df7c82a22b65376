import { z } from "zod";
import { isGone } from "../../clients/vultr/error.ts";
import {
  changeFirewallGroup,
  createFirewallGroup,
  deleteFirewallGroup,
  listFirewallGroups,
  readFirewallGroup,
  type VultrFirewallGroup,
} from "../../clients/vultr/firewalls.ts";
import type { VultrFirewallGroupInputs } from "../../model/vultr/resources.ts";
import { createOnce } from "./create-once.ts";
import type { Properties, ResourceType } from "./resource.ts";
import { unlessGone } from "./ssh-key.ts";

/** A firewall group; its rules are another resource. */
export const firewallGroup: ResourceType<VultrFirewallGroupInputs> = {
  about: "A firewall group: what no rule of it opens does not reach the group's instances.",
  subject: ({ description }) => `firewall group '${description ?? ""}'`,
  inputs: {
    description: { schema: z.string().min(1, "must not be empty"), change: "update", about: "Shown at Vultr." },
  },
  outputs: {
    maxRuleCount: { type: "integer", about: "The most rules that the group may have." },
    ruleCount: { type: "integer", about: "How many rules the group had when it was last read." },
  },

  create: async ({ description }, { api, signal, status }) => {
    const options = { signal, onWait: status };
    const made = await createOnce({
      api,
      signal,
      list: () => listFirewallGroups(api, options),
      isSame: (group) => group.description === description,
      create: () => createFirewallGroup(api, { description }, options),
    });
    return { id: made.id, facts: factsOf(made) };
  },

  read: async (id, _known, state, { api, signal, status }) => {
    try {
      const group = await readFirewallGroup(api, id, { signal, onWait: status });
      // How many rules there are is the business of the rules: it is no drift of the group.
      const ruleCount = state["ruleCount"] ?? group.rule_count;
      return { inputs: { description: group.description }, facts: { ...factsOf(group), ruleCount } };
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  },

  update: async (id, state, { description }, { api, signal, status }) => {
    if (state["description"] !== description)
      await changeFirewallGroup(api, id, { description }, { signal, onWait: status });
    return { maxRuleCount: state["maxRuleCount"] ?? 0, ruleCount: state["ruleCount"] ?? 0 };
  },

  delete: async (id, _state, { api, signal, status }) => {
    await deleteFirewallGroup(api, id, { signal, onWait: status }).catch(unlessGone);
  },
};

function factsOf(group: VultrFirewallGroup): Properties {
  return { maxRuleCount: group.max_rule_count, ruleCount: group.rule_count };
}
