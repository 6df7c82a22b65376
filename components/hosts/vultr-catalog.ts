import * as vultr from "@ediri/vultr";
import * as pulumi from "@pulumi/pulumi";
import { didYouMean } from "../../model/nearest.ts";

/** Names that Vultr gives to what this project runs on; only to guess what a wrong name was meant to be. */
const KNOWN_SYSTEMS = ["Debian 12 x64 (bookworm)", "Debian 13 x64 (trixie)"];

/** What a host at Vultr is ordered by. */
export interface VultrOrder {
  /** As in `anycast:network.sites.ams.host`, for messages. */
  readonly path: string;
  readonly region: string;
  readonly plan: string;
  readonly os: string;
  readonly bareMetal: boolean;
}

/** Vultr's own lists, asked at each preview; each question is asked once. */
export class VultrCatalog {
  private readonly answers = new Map<string, Promise<unknown>>();
  private readonly opts: pulumi.InvokeOptions;

  constructor(parent: pulumi.Resource) {
    this.opts = { parent };
  }

  /**
   * The number of the operating system, when region and plan are Vultr's too.
   *
   * @throws RunError with the path of what Vultr does not have
   */
  async check({ path, region, plan, os, bareMetal }: VultrOrder): Promise<number> {
    const byId = (id: string): { filters: { name: string; values: string[] }[] } => ({
      filters: [{ name: "id", values: [id] }],
    });
    const [system, offer] = await Promise.all([
      this.ask(
        `os ${os}`,
        () => vultr.getOs({ filters: [{ name: "name", values: [os] }] }, this.opts),
        () => unknown(path, "os", `Vultr has no operating system '${os}'${didYouMean(os, KNOWN_SYSTEMS)}`, "os"),
      ),
      bareMetal
        ? this.ask(
            `metal ${plan}`,
            () => vultr.getBareMetalPlan(byId(plan), this.opts),
            () => unknown(path, "plan", `Vultr has no bare metal plan '${plan}'`, "plans-metal"),
          )
        : this.ask(
            `plan ${plan}`,
            () => vultr.getPlan(byId(plan), this.opts),
            () => unknown(path, "plan", `Vultr has no plan '${plan}'`, "plans"),
          ),
      this.ask(
        `region ${region}`,
        () => vultr.getRegion(byId(region), this.opts),
        () => unknown(path, "region", `Vultr has no region '${region}'`, "regions"),
      ),
    ]);
    if (!offer.locations.includes(region)) {
      const where =
        offer.locations.length === 0 ? "it is sold out everywhere" : `only in ${offer.locations.join(", ")}`;
      throw new pulumi.RunError(`${path}.plan: Vultr does not offer '${plan}' in '${region}' at present, ${where}`);
    }
    return Number(system.id);
  }

  private ask<Answer>(
    question: string,
    invoke: () => Promise<Answer>,
    notFound: () => pulumi.RunError,
  ): Promise<Answer> {
    const known = this.answers.get(question) as Promise<Answer> | undefined;
    const answer =
      known ??
      invoke().catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        if (/no results|not found/i.test(message)) throw notFound();
        throw new pulumi.RunError(`Vultr could not be asked for '${question}': ${explain(message)}`);
      });
    this.answers.set(question, answer);
    return answer;
  }
}

function unknown(path: string, key: string, what: string, list: string): pulumi.RunError {
  return new pulumi.RunError(`${path}.${key}: ${what} (the list: https://api.vultr.com/v2/${list})`);
}

function explain(message: string): string {
  if (/\b401\b|Invalid API token|Unauthorized/i.test(message))
    return "the API key is wrong, or the key does not allow this machine's address (Account → API → Access Control). Set it: export VULTR_API_KEY=…";
  if (/\b429\b|Rate limit/i.test(message)) return "too many requests. Wait a minute and run it again";
  return message;
}
