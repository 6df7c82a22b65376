import { randomBytes } from "node:crypto";
import type { CheckResult, CreateResult, DiffResult, Provider, UpdateResult } from "@pulumi/pulumi/provider/index.js";
import { checkedConnection } from "./connection.ts";
import type { Context, Severity } from "./context.ts";
import { copyToRemote } from "./copy-to-remote.ts";
import { diff } from "./diff.ts";
import { localCommand } from "./local-command.ts";
import { remoteCommand } from "./remote-command.ts";
import type { ResourceType } from "./resource.ts";
import { containsUnknown, plain, type WireObject } from "./wire.ts";

const resourceTypes: Readonly<Record<string, ResourceType>> = {
  "command:local:Command": localCommand,
  "command:remote:Command": remoteCommand,
  "command:remote:CopyToRemote": copyToRemote,
};

/** Shows a message beside the resource `urn`. */
export type Log = (urn: string, severity: Severity, message: string) => Promise<void>;

/**
 * The lab's stand-in for version 1.2.1 of Pulumi's `command` plugin: the same resources, without `CopyFile` and
 * `local.run`, for hosts of the lab alone.
 */
export class CommandProvider implements Provider {
  readonly version = "1.2.1";
  readonly #log: Log;
  readonly #cancelled = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor(log: Log) {
    this.#log = log;
  }

  async check(urn: string, _olds: WireObject, news: WireObject): Promise<CheckResult> {
    const inputs = "connection" in news ? { ...news, connection: checkedConnection(news["connection"]) } : news;
    const problems = containsUnknown(inputs) ? [] : resourceType(urn).problems(properties(inputs));
    return { inputs, failures: problems.map((reason) => ({ property: "", reason })) };
  }

  async diff(_id: string, _urn: string, olds: WireObject, news: WireObject): Promise<DiffResult> {
    return diff(olds, news);
  }

  async create(urn: string, inputs: WireObject): Promise<CreateResult> {
    const outputs = await this.#run(resourceType(urn).create(properties(inputs), this.#context(urn)));
    return { id: newId(urn), outs: { ...inputs, ...outputs } };
  }

  async update(_id: string, urn: string, olds: WireObject, news: WireObject): Promise<UpdateResult> {
    const outputs = await this.#run(resourceType(urn).update(properties(olds), properties(news), this.#context(urn)));
    return { outs: { ...news, ...outputs } };
  }

  async delete(_id: string, urn: string, state: WireObject): Promise<void> {
    await this.#run(resourceType(urn).delete?.(properties(state), this.#context(urn)));
  }

  async invoke(token: string): Promise<never> {
    throw new Error(`${token} is not in the lab's stand-in for the command plugin`);
  }

  /** No more attempts to connect, and no local command; a command on a host is left to end. */
  async cancel(): Promise<void> {
    this.#cancelled.abort();
  }

  /** Resolves when nothing is under way any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  async #run<Result>(operation: Promise<Result> | undefined): Promise<Result | undefined> {
    if (operation === undefined) return undefined;
    this.#running.add(operation);
    try {
      return await operation;
    } finally {
      this.#running.delete(operation);
    }
  }

  #context(urn: string): Context {
    return { log: (severity, message) => this.#log(urn, severity, message), signal: this.#cancelled.signal };
  }
}

function resourceType(urn: string): ResourceType {
  const token = urn.split("::")[2]?.split("$").at(-1) ?? "";
  const type = resourceTypes[token];
  if (!type) throw new Error(`${token} is not in the lab's stand-in for the command plugin`);
  return type;
}

/** An id as the official plugin makes them up, in a dry run too: the resource's name and eight digits. */
export function newId(urn: string): string {
  return `${urn.split("::").slice(3).join("::")}${randomBytes(4).toString("hex")}`;
}

function properties(wire: WireObject): WireObject {
  return plain(wire) as WireObject;
}
