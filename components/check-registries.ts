import * as pulumi from "@pulumi/pulumi";
import { askNames, type Resolve } from "../clients/names.ts";
import { askRoas } from "../clients/roas/ask.ts";
import type { NetworkPlan } from "../model/plan.ts";
import type { Finding } from "../model/preflight.ts";
import type { NetworkConfig } from "../model/schema.ts";
import { summaryOf } from "../model/summary.ts";
import { refusal } from "./refusal.ts";

/** What was judged in this run; see {@link refuseUnchecked}. */
const CHECKED = new Set<string>();

/**
 * Before anything is declared, judges the announcements by the ROAs, where the network names a source of them, and looks where the names lead by
 * which SSH reaches hosts. The same judgment as `anycast preflight`; what is a warning there is one here.
 *
 * @param resolve default: as this machine does
 * @throws RunError with every prefix that other networks would reject, that the ROAs cannot be read, or a name that leads into an announced prefix
 */
export async function checkRegistries(plan: NetworkPlan, resolve?: Resolve): Promise<void> {
  await checkNames(plan.config, resolve);
  if (plan.config.rpki === undefined) return;
  const findings = await askRoas(summaryOf(plan));
  await judge(
    "This run is refused by the check of ROAs, and nothing was changed. To go on without it, remove anycast:network.rpki; where its source fails, an older copy of it as rpki.vrps will do:",
    findings,
  );
  if (pulumi.runtime.isDryRun())
    await pulumi.log.info(
      [
        "What the ROAs say about the announcements:",
        ...findings.map(({ check, message }) => `  ${check}: ${message}`),
      ].join("\n"),
    );
  CHECKED.add(keyOf(plan));
}

/**
 * Looks where the names lead by which SSH reaches hosts.
 *
 * @throws RunError with every name that leads into an announced prefix
 */
export async function checkNames(config: NetworkConfig, resolve?: Resolve): Promise<void> {
  await judge("SSH must not reach a host by an address that is announced:", await askNames(config, resolve));
}

/**
 * Refuses a network whose ROAs are to be checked, in a program that did not have that done.
 *
 * @throws RunError with the line to add
 */
export function refuseUnchecked(plan: NetworkPlan): void {
  if (plan.config.rpki === undefined || CHECKED.has(keyOf(plan))) return;
  throw new pulumi.RunError(
    "anycast:network.rpki: the ROAs are to be checked, and this program does not. Add `await checkFirst(network)` before it makes the network (docs/library.md), or remove rpki.",
  );
}

function keyOf({ config: { asn, prefixes, rpki } }: NetworkPlan): string {
  return JSON.stringify([asn, prefixes, rpki]);
}

async function judge(what: string, findings: readonly Finding[]): Promise<void> {
  for (const { check, message } of findings.filter(({ status }) => status === "warning"))
    await pulumi.log.warn(`${check}: ${message}`);
  const problems = findings.filter(({ status }) => status === "problem");
  if (problems.length > 0)
    throw refusal(
      what,
      problems.map(({ check, message }) => `${check}: ${message}`),
    );
}
