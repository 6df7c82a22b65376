import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type {
  CheckResult,
  CreateResult,
  DiffResult,
  InvokeResult,
  Provider,
  ReadResult,
  UpdateResult,
} from "@pulumi/pulumi/provider/index.js";
import { containsUnknown, plain, secret, type WireObject } from "../../tools/plugins/command/wire.ts";
import type { Lab } from "../folder.ts";
import { inputProblems } from "./check-inputs.ts";
import type { Cloud, CloudResource, Made, Operation } from "./cloud.ts";
import { faultsAt, type CloudFaultKind } from "./faults.ts";
import { removeMachine } from "./machines.ts";
import { Sdk } from "./sdk-types.ts";
import { changeObjects, cloudObjects, type CloudObject, type Properties } from "./store.ts";

/** How long a cloud takes to answer, in ms. */
const LATENCY = 30;

/** How long a server is pending, in ms. */
const PENDING = 500;

/** The inputs that only user data's reader, the server, gets to see. */
const UNSTORED = new Set(["userData", "customData"]);

/** The engine's provider of a simulated cloud: judges inputs by the SDK's own types, and remembers in the lab's folder what there is. */
export class CloudProvider implements Provider {
  readonly version: string;
  readonly #lab: Lab;
  readonly #cloud: Cloud;
  readonly #sdk: Sdk;

  constructor(lab: Lab, cloud: Cloud) {
    this.#lab = lab;
    this.#cloud = cloud;
    this.#sdk = new Sdk(cloud.npmName);
    this.version = this.#sdk.version;
  }

  async check(urn: string, _olds: WireObject, news: WireObject): Promise<CheckResult> {
    const { token } = this.#resource(urn);
    const type = this.#sdk.typeOf(token);
    if (type === undefined) throw new Error(`${this.#cloud.npmName} ${this.version} has no ${token}`);
    const problems = inputProblems(plain(news) as Properties, type.inputs, containsUnknown);
    return { inputs: news, failures: problems.map(({ path, reason }) => ({ property: path, reason })) };
  }

  async diff(_id: string, urn: string, olds: WireObject, news: WireObject): Promise<DiffResult> {
    const { resource } = this.#resource(urn);
    const [before, after] = [plain(olds) as Properties, plain(news) as Properties];
    const changed = Object.keys(after).filter((name) => !isDeepStrictEqual(before[name], after[name]));
    return { changes: changed.length > 0, replaces: changed.filter((name) => resource.forceNew.includes(name)) };
  }

  async create(urn: string, news: WireObject): Promise<CreateResult> {
    const { token, resource } = this.#resource(urn);
    const inputs = plain(news) as Properties;
    const operation = await this.#operation(resource, inputs);
    const problem = refusal(operation.faults, resource.places(inputs).length > 0);
    if (problem !== undefined) throw new Error(`error creating ${resource.noun}: ${problem}`);
    const id = randomUUID();
    let made: Made;
    try {
      const all = await resource.create(inputs, operation, id);
      // What the customer chose is not the cloud's to tell.
      const own = Object.entries(all.attributes).filter(([name]) => inputs[name] === undefined);
      made = { ...all, attributes: Object.fromEntries(own) };
    } catch (error) {
      throw new Error(`error creating ${resource.noun}: ${messageOf(error)}`, { cause: error });
    }
    const object: CloudObject = {
      id,
      type: token,
      inputs: stored(inputs),
      attributes: made.attributes,
      host: made.host,
    };
    await changeObjects(this.#lab, (objects) => [...objects, object]);
    const outs = { ...news, ...wireOf(made) };
    if (made.unfinished === undefined) {
      if (made.host !== undefined) await sleep(PENDING);
      return { id, outs };
    }
    const reason = `error while waiting for ${resource.noun} ${id} to be completed: ${made.unfinished}`;
    throw Object.assign(new Error(reason), { id, properties: outs, reasons: [reason] });
  }

  async read(id: string, urn: string, props: WireObject): Promise<ReadResult> {
    const { resource } = this.#resource(urn);
    const operation = await this.#operation(resource, plain(props) as Properties);
    const problem = refusal(operation.faults, false);
    if (problem !== undefined) throw new Error(`error getting ${resource.noun} (${id}): ${problem}`);
    const object = operation.objects.find((each) => each.id === id);
    if (object === undefined) return { id: "", props: {} };
    // Secrets stay as the state marks them, unless the cloud has another value.
    const fresh = Object.entries({ ...object.inputs, ...object.attributes });
    const changed = fresh.filter(([name, value]) => !isDeepStrictEqual(plain(props[name]), value));
    return { id, props: { ...props, ...Object.fromEntries(changed) } };
  }

  async update(id: string, urn: string, olds: WireObject, news: WireObject): Promise<UpdateResult> {
    const { resource } = this.#resource(urn);
    const inputs = plain(news) as Properties;
    const operation = await this.#operation(resource, inputs);
    const object = operation.objects.find((each) => each.id === id);
    const problem = object === undefined ? NOT_FOUND : refusal(operation.faults, false);
    if (object === undefined || problem !== undefined)
      throw new Error(`error updating ${resource.noun} ${id}: ${problem ?? ""}`);
    if (operation.faults.has("half-created"))
      throw new Error(`error updating ${resource.noun} ${id}: ${PENDING_STILL}`);
    await resource.finish?.(inputs, operation, object);
    await changeObjects(this.#lab, (objects) =>
      objects.map((each) => (each.id === id ? { ...each, inputs: stored(inputs) } : each)),
    );
    return { outs: { ...olds, ...news } };
  }

  async delete(id: string, urn: string, props: WireObject): Promise<void> {
    const { resource } = this.#resource(urn);
    const operation = await this.#operation(resource, plain(props) as Properties);
    const object = operation.objects.find((each) => each.id === id);
    const problem = object === undefined ? NOT_FOUND : refusal(operation.faults, false);
    if (object === undefined || problem !== undefined)
      throw new Error(`error destroying ${resource.noun} (${id}): ${problem ?? ""}`);
    await resource.remove?.(object.inputs, operation);
    if (object.host !== undefined) await removeMachine(this.#lab, object.host);
    const isOwned = ({ type, inputs }: CloudObject): boolean => {
      const owner = this.#cloud.resources[type]?.ownedBy;
      return owner !== undefined && inputs[owner] === id;
    };
    await changeObjects(this.#lab, (objects) => objects.filter((each) => each.id !== id && !isOwned(each)));
  }

  async invoke(token: string, args: WireObject): Promise<InvokeResult> {
    const [type, call] = [this.#sdk.typeOf(token), this.#cloud.functions[token]];
    if (type === undefined || call === undefined) throw new Error(`${token} is not in the simulated cloud`);
    const inputs = plain(args) as Properties;
    const problems = inputProblems(inputs, type.inputs, containsUnknown);
    if (problems.length > 0) return { failures: problems.map(({ path, reason }) => ({ property: path, reason })) };
    await sleep(LATENCY);
    const operation: Operation = {
      lab: this.#lab,
      faults: await faultsAt(this.#lab, []),
      objects: await cloudObjects(this.#lab),
    };
    const problem = refusal(operation.faults, false);
    if (problem !== undefined) throw new Error(problem);
    return { outputs: await call(inputs, operation) };
  }

  async #operation(resource: CloudResource, inputs: Properties): Promise<Operation> {
    await sleep(LATENCY);
    return {
      lab: this.#lab,
      faults: await faultsAt(this.#lab, resource.places(inputs)),
      objects: await cloudObjects(this.#lab),
    };
  }

  #resource(urn: string): { token: string; resource: CloudResource } {
    const token = urn.split("::")[2]?.split("$").at(-1) ?? "";
    const resource = this.#cloud.resources[token];
    if (resource === undefined) throw new Error(`${token} is not in the simulated cloud`);
    return { token, resource };
  }
}

const NOT_FOUND = '{"error":"Invalid instance ID.","status":404}';

const PENDING_STILL = "timeout while waiting for state to become 'active' (last state: 'pending', timeout: 1h0m0s)";

function answer(status: number, error: string): string {
  return JSON.stringify({ error, status });
}

/** What a cloud answers to any request, or, `isServer`, to one for a server, while a fault is on. */
function refusal(faults: ReadonlySet<CloudFaultKind>, isServer: boolean): string | undefined {
  if (faults.has("unauthorized")) return answer(401, "Invalid API token.");
  if (faults.has("rate-limit"))
    return `gave up after 4 attempts, last error : ${answer(429, "Rate limit exceeded. Please retry later.")}`;
  if (faults.has("unavailable")) return answer(503, "Service temporarily unavailable.");
  if (!isServer) return undefined;
  if (faults.has("quota"))
    return answer(400, "You have reached the maximum number of active servers for this account.");
  if (faults.has("out-of-stock")) return answer(400, "The selected plan is not available in the selected region.");
  return undefined;
}

/** Why a server is not finished, with the fault `half-created`. */
export function unfinishedBy(faults: ReadonlySet<CloudFaultKind>): { unfinished: string } | undefined {
  return faults.has("half-created") ? { unfinished: PENDING_STILL } : undefined;
}

function stored(inputs: Properties): Properties {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => !UNSTORED.has(name)));
}

function wireOf({ attributes, secrets = [] }: Made): WireObject {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, secrets.includes(name) ? secret(value) : value]),
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
