import * as vultr from "@ediri/vultr";
import * as pulumi from "@pulumi/pulumi";
import { didYouMean } from "../../model/nearest.ts";
import type { NetworkPlan } from "../../model/plan.ts";

/** Names that Vultr gives to what this project runs on; only to guess what a wrong name was meant to be. */
const KNOWN_SYSTEMS = ["Debian 12 x64 (bookworm)", "Debian 13 x64 (trixie)"];

/** Vultr's own lists. Each question is asked once. */
export class VultrCatalog {
  private readonly answers = new Map<string, Promise<unknown>>();

  /**
   * The number that Vultr gives to an operating system at present.
   *
   * @throws RunError when there is none by that name, or Vultr does not answer
   */
  async osId(os: string): Promise<number> {
    const system = await this.ask(`operating system '${os}'`, () => vultr.getOs(byName("name", os)));
    if (system === undefined)
      throw new pulumi.RunError(`Vultr has no operating system '${os}'${didYouMean(os, KNOWN_SYSTEMS)}`);
    return Number(system.id);
  }

  /**
   * What Vultr does not have of what the sites order, one line each, with its path.
   *
   * @throws RunError when Vultr does not answer
   */
  async problems({ sites }: NetworkPlan): Promise<string[]> {
    const lines = await Promise.all(
      sites.map(async ({ name, host }) => {
        if (host.provider !== "vultr" && host.provider !== "vultrBareMetal") return [];
        const { region, plan, os } = host;
        const bareMetal = host.provider === "vultrBareMetal";
        const at = (key: string): string => `anycast:network.sites.${name}.host.${key}`;
        const [system, offer, place] = await Promise.all([
          this.ask(`operating system '${os}'`, () => vultr.getOs(byName("name", os))),
          bareMetal
            ? this.ask(`bare metal plan '${plan}'`, () => vultr.getBareMetalPlan(byName("id", plan)))
            : this.ask(`plan '${plan}'`, () => vultr.getPlan(byName("id", plan))),
          this.ask(`region '${region}'`, () => vultr.getRegion(byName("id", region))),
        ]);
        const problems: string[] = [];
        if (system === undefined)
          problems.push(
            `${at("os")}: Vultr has no operating system '${os}'${didYouMean(os, KNOWN_SYSTEMS)}${list("os")}`,
          );
        if (place === undefined) problems.push(`${at("region")}: Vultr has no region '${region}'${list("regions")}`);
        if (offer === undefined)
          problems.push(
            `${at("plan")}: Vultr has no ${bareMetal ? "bare metal " : ""}plan '${plan}'${list(bareMetal ? "plans-metal" : "plans")}`,
          );
        else if (place !== undefined && !offer.locations.includes(region))
          problems.push(
            `${at("plan")}: Vultr does not offer '${plan}' in '${region}' at present, ${where(offer.locations)}`,
          );
        return problems;
      }),
    );
    return lines.flat();
  }

  /** Undefined when Vultr has no such thing. */
  private ask<Answer>(what: string, invoke: () => Promise<Answer>): Promise<Answer | undefined> {
    const known = this.answers.get(what) as Promise<Answer | undefined> | undefined;
    const answer =
      known ??
      invoke().catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        if (/no results|not found/i.test(message)) return undefined;
        throw new pulumi.RunError(`Vultr could not be asked for ${what}: ${explain(message)}. Nothing was changed.`);
      });
    this.answers.set(what, answer);
    return answer;
  }
}

function byName(name: string, value: string): { filters: { name: string; values: string[] }[] } {
  return { filters: [{ name, values: [value] }] };
}

function list(name: string): string {
  return ` (the list: https://api.vultr.com/v2/${name})`;
}

function where(locations: readonly string[]): string {
  return locations.length === 0 ? "it is sold out everywhere" : `only in ${locations.join(", ")}`;
}

function explain(message: string): string {
  if (/\b401\b|Invalid API token|Unauthorized/i.test(message))
    return "the API key is wrong, or does not allow this machine's address (Account → API → Access Control). Set it: export VULTR_API_KEY=…";
  if (/\b429\b|rate limit/i.test(message)) return "too many requests. Wait a minute and run it again";
  return message;
}
