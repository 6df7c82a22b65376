import * as pulumi from "@pulumi/pulumi";
import { VultrApi, vultrOptionsOf } from "../../../clients/vultr/api.ts";
import { VultrError } from "../../../clients/vultr/error.ts";
import { readVultrLists } from "../../../clients/vultr/lists.ts";
import type { VultrLists } from "../../../model/vultr/lists.ts";
import { noSystem, osIdOf } from "../../../model/vultr/orders.ts";

/** What was asked for in this run, by the API's URL: the check before anything is declared and the sites share it. */
const ASKED = new Map<string | undefined, Promise<VultrLists>>();

/** What Vultr sells, as its API lists it without a key. Each list is asked for once a run. */
export class VultrCatalog {
  /**
   * Reads Vultr's lists.
   *
   * @throws RunError when Vultr does not answer
   */
  lists(): Promise<VultrLists> {
    const { url } = vultrOptionsOf(process.env);
    const asked = ASKED.get(url) ?? read(url);
    ASKED.set(url, asked);
    return asked;
  }

  /**
   * The number that Vultr gives to an operating system at present.
   *
   * @throws RunError when there is none by that name, or Vultr does not answer
   */
  async osId(os: string): Promise<number> {
    const lists = await this.lists();
    const id = osIdOf(lists, os);
    if (id === undefined) throw new pulumi.RunError(noSystem(lists, os));
    return id;
  }
}

async function read(url: string | undefined): Promise<VultrLists> {
  try {
    // The lists are public: without a key, a wrong one is no matter here.
    return await readVultrLists(new VultrApi({ url }));
  } catch (error) {
    if (!(error instanceof VultrError)) throw error;
    throw new pulumi.RunError(
      `Vultr's lists of regions, plans and operating systems cannot be read: ${error.message}. Nothing was changed.`,
    );
  }
}
