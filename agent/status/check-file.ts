import { FormatError, loadConfig } from "../config.ts";
import { AgentError } from "../error.ts";

/**
 * Checks a configuration file. Returns what it describes, as in `ok: 3 services, 2 prefixes`.
 *
 * @throws AgentError with one line for each problem
 */
export function checkFile(path: string): string {
  try {
    const { services, prefixes } = loadConfig(path).config;
    return `ok: ${count(Object.keys(services).length, "service")}, ${count(prefixes.length, "prefix", "prefixes")}`;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const { problems } = error;
    const title = problems.length === 1 ? "a problem" : `${problems.length} problems`;
    throw new AgentError([`${path} has ${title}:`, ...problems.map((problem) => `  ${problem}`)].join("\n"));
  }
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
