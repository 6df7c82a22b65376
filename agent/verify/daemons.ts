import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { PATHS } from "../../model/paths.ts";
import type { Drift } from "../../model/verification.ts";
import { at, type Host } from "../apply/host.ts";
import { readableConfig } from "../apply/plan.ts";
import { reportNow } from "../apply/probe.ts";
import { BirdClient, succeeded } from "../bird/client.ts";
import { AgentError, isMissing, messageOf } from "../error.ts";
import { differences } from "../reconcile/differences.ts";
import { viewBird } from "../reconcile/view.ts";
import type { AgentReport } from "../status/report.ts";
import { plain, type Texts } from "./units.ts";

/** Milliseconds that a file may look younger than BIRD's reading of it: BIRD tells the time in milliseconds. */
const GRAIN = 10;

/**
 * Whether the agent and BIRD run with what was applied, and BIRD routes and exports exactly what the agent means.
 *
 * @param bundle the agent's bundle that was applied
 */
export async function daemonDrift(host: Host, texts: Texts, bundle: string): Promise<Drift[]> {
  let report: AgentReport;
  try {
    report = await reportNow();
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return [plain("anycast-agent", messageOf(error))];
  }
  return [...agentDrift(report, texts, bundle), ...(await birdDrift(host, report, texts))];
}

function agentDrift(report: AgentReport, texts: Texts, bundle: string): Drift[] {
  const digest = createHash("sha256")
    .update(texts.get(PATHS.agentConfig) ?? "")
    .digest("hex");
  return [
    ...(report.config === digest ? [] : [plain("anycast-agent", `runs with another configuration than was applied`)]),
    ...(bundle.endsWith(`agent-${report.version}.mjs`)
      ? []
      : [plain("anycast-agent", `runs version ${report.version}; applied was ${basename(bundle)}`)]),
  ];
}

async function birdDrift(host: Host, report: AgentReport, texts: Texts): Promise<Drift[]> {
  const config = readableConfig(texts.get(PATHS.agentConfig) ?? "");
  if (config === undefined) return [];
  try {
    const bird = await BirdClient.connect();
    try {
      await bird.ask("restrict");
      const meant = {
        prefixes: config.prefixes,
        sessions: config.sessions,
        states: new Map(report.prefixes.map(({ cidr, wanted }) => [cidr, wanted])),
      };
      const found = differences(meant, await viewBird(bird, config));
      return [...(await unread(host, bird)), ...found.map(({ about, problem }) => plain(`BIRD: ${about}`, problem))];
    } finally {
      bird.close();
    }
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return [plain("BIRD", messageOf(error))];
  }
}

/** BIRD's files that are younger than its last reading of them: they are not what it runs with. */
async function unread(host: Host, bird: BirdClient): Promise<Drift[]> {
  const { lines } = succeeded(await bird.ask("show status"), "show status");
  const readAt = lastReading(lines, Date.now());
  if (readAt === undefined) return [];
  const drift: Drift[] = [];
  for (const path of [PATHS.bird, PATHS.birdSecrets]) {
    const written = await stat(at(host, path)).then(
      ({ mtimeMs }) => mtimeMs,
      (error: unknown) => {
        if (isMissing(error)) return 0;
        throw error;
      },
    );
    if (written > readAt + GRAIN)
      drift.push(plain(path, "was written after BIRD last read it: BIRD runs by what was there before"));
  }
  return drift;
}

/**
 * When BIRD last read its configuration, in milliseconds since 1970; undefined when it does not tell. Its times are local ones: the age
 * by its own clock is right in any time zone.
 */
export function lastReading(status: readonly string[], now: number): number | undefined {
  const time = (what: string): number | undefined => {
    const [, date, clock] = status.map((line) => new RegExp(`^${what} (\\S+) (\\S+)$`).exec(line)).find((m) => m) ?? [];
    const parsed = Date.parse(`${date}T${clock}Z`);
    return Number.isNaN(parsed) ? undefined : parsed;
  };
  const [current, last] = [time("Current server time is"), time("Last reconfiguration on")];
  return current === undefined || last === undefined ? undefined : now - (current - last);
}
