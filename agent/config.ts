import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { agentConfigSchema, type AgentConfig } from "../model/agent-config.ts";
import { inUsersWords } from "../model/config-error.ts";
import { AgentError, isMissing, messageOf } from "./error.ts";

/** A configuration of the agent, and the SHA-256 (hex) of its text. */
export interface LoadedConfig {
  readonly config: AgentConfig;
  readonly digest: string;
}

/** JSON that is not as its schema wants it. */
export class FormatError extends AgentError {
  /** All that is wrong, each with its path. */
  readonly problems: readonly string[];

  constructor(where: string, problems: readonly string[]) {
    super(`${where}: ${problems.join("; ")}`);
    this.problems = problems;
  }
}

/**
 * Reads the agent's configuration.
 *
 * @throws AgentError that names the file and what is wrong in it
 */
export function loadConfig(path: string): LoadedConfig {
  const text = readConfig(path);
  return { config: parseJson(agentConfigSchema, text, path), digest: createHash("sha256").update(text).digest("hex") };
}

/**
 * Parses JSON by a schema.
 *
 * @param where what the text is, for the message
 * @throws AgentError that names it and the paths in it that are wrong
 */
export function parseJson<T extends z.ZodType>(schema: T, text: string, where: string): z.output<T> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new AgentError(`${where}: no complete JSON (${messageOf(error)})`);
  }
  const result = schema.safeParse(json, { error: inUsersWords });
  if (result.success) return result.data;
  throw new FormatError(
    where,
    result.error.issues.map(({ path, message }) =>
      path.length > 0 ? `${z.core.toDotPath(path)}: ${message}` : message,
    ),
  );
}

function readConfig(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isMissing(error)) throw new AgentError(`${path} does not exist: nothing was applied to this host yet`);
    throw error;
  }
}
