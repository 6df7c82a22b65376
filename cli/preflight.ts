import { writeFileSync } from "node:fs";
import { letterOfAuthorization } from "../model/loa.ts";
import { planNetwork } from "../model/plan-network.ts";
import type { NetworkPlan } from "../model/plan.ts";
import { accountsOf, judgePreflight, type Finding, type Preflight } from "../model/preflight.ts";
import { PROFILES } from "../model/profiles.ts";
import { summaryOf } from "../model/summary.ts";
import { askNames } from "../clients/names.ts";
import { askRoas } from "../clients/roas/ask.ts";
import { adoption } from "./adopt.ts";
import { askVultr, straysOf, vultrApiOf } from "./preflight-vultr.ts";
import { readNetwork, thisProject } from "./stack-file.ts";

/** The options of `anycast preflight`. */
export interface PreflightOptions {
  readonly stack: string;
  /** JSON file or URL with the validated ROAs. Default: the stack's `rpki.vrps`. */
  readonly roas?: string | undefined;
  /** Where the letter of authorization is written. */
  readonly loa?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Exit status: 0 all is right, 1 a problem, 3 waiting for the provider. */
const EXIT = { ok: 0, problem: 1, waiting: 3 } as const;

/**
 * Asks providers and registries whether a stack could announce; changes nothing.
 *
 * @returns the exit status
 * @throws ConfigError, UsageError
 */
export async function preflight(
  { stack, roas, loa, json }: PreflightOptions,
  environment: NodeJS.ProcessEnv,
  print: (text: string) => void,
): Promise<number> {
  const plan = planOf(stack, environment);
  const vultr = accountsOf(plan).some(({ account }) => account === PROFILES.vultr.account);
  const answers = vultr ? await askVultr(await vultrApiOf(stack, environment), stack, plan) : undefined;
  const result = judgePreflight(plan, {
    vultr: answers?.account,
    more: [...(answers?.findings ?? []), ...(await askNames(plan.config)), ...(await askRoas(summaryOf(plan), roas))],
  });
  if (loa !== undefined) {
    const today = new Date().toISOString().slice(0, 10);
    writeFileSync(
      loa,
      accountsOf(plan)
        .map((profile) => letterOfAuthorization(plan, profile, today))
        .join("\f"),
    );
  }
  print(json === true ? JSON.stringify({ stack, ...result, loa: loa ?? null }, null, 2) : text(stack, result, loa));
  return EXIT[result.status];
}

/**
 * Prints the shell script that takes the servers of a stack back into its state, after that was lost; changes nothing.
 *
 * @param warn is given what is left out of it, and why
 * @throws ConfigError, UsageError, CliError, VultrError
 */
export async function adopt(
  stack: string,
  environment: NodeJS.ProcessEnv,
  print: (text: string) => void,
  warn: (line: string) => void,
): Promise<void> {
  const plan = planOf(stack, environment);
  const api = await vultrApiOf(stack, environment);
  const { strays, resources } = await straysOf(api, stack);
  print(await adoption(api, { project: thisProject().name, stack, plan, strays: strays.strays, resources }, warn));
}

function planOf(stack: string, environment: NodeJS.ProcessEnv): NetworkPlan {
  return planNetwork(readNetwork(stack), { rehearsal: (environment["ANYCAST_REHEARSAL"] ?? "") !== "" });
}

const MARK: Record<Finding["status"], string> = {
  ok: "ok",
  problem: "PROBLEM",
  waiting: "waiting",
  warning: "WARNING",
  unknown: "?",
};

function text(stack: string, { status, findings, byHand }: Preflight, loa: string | undefined): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.map(
    ({ check, status: one, message }) => `${MARK[one].padEnd(8)} ${check.padEnd(width)}  ${message}`,
  );
  for (const [provider, steps] of Object.entries(byHand)) {
    lines.push("", `By hand, at ${provider}:`, ...steps.map((step, index) => `  ${index + 1}. ${step}`));
  }
  lines.push("");
  if (loa !== undefined) lines.push(`The letter of authorization is in ${loa}: put it on your paper and sign it.`);
  else if (status === "waiting") lines.push("--loa FILE writes the letter of authorization.");
  switch (status) {
    case "ok":
      lines.push(`Stack ${stack} can announce.`);
      break;
    case "waiting":
      lines.push(`Stack ${stack} waits for its provider. Nothing is wrong; run this again later.`);
      break;
    case "problem":
      lines.push(`Stack ${stack} cannot announce yet: see PROBLEM above.`);
      break;
  }
  return lines.join("\n");
}
