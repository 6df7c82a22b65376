import type { Lab } from "../folder.ts";
import type { CloudFaultKind } from "./faults.ts";
import type { CloudObject, Properties } from "./store.ts";

/** What an operation at a cloud is given. */
export interface Operation {
  readonly lab: Lab;
  /** What is to fail. */
  readonly faults: ReadonlySet<CloudFaultKind>;
  /** All that the customer has, at every cloud. */
  readonly objects: readonly CloudObject[];
}

/** What a cloud made. */
export interface Made {
  readonly attributes: Properties;
  /** The names of the attributes that are secret. */
  readonly secrets?: readonly string[];
  /** The lab's host behind it. */
  readonly host?: string;
  /** What is not right with it although it exists: the engine keeps it, and finishes it with the next update. */
  readonly unfinished?: string;
}

/** A type of things that a cloud makes. */
export interface CloudResource {
  /** The word that the provider uses for it in its errors, as in `error creating server`. */
  readonly noun: string;
  /** The inputs by which it cannot change: another value replaces it. */
  readonly forceNew: readonly string[];
  /** Where it is: regions and host name, by which faults find it. */
  readonly places: (inputs: Properties) => readonly unknown[];
  /** Makes it. @param inputs all of them, without marks of secrecy; user data too */
  readonly create: (inputs: Properties, operation: Operation, id: string) => Promise<Made>;
  /** Finishes what `create` left unfinished. */
  readonly finish?: (inputs: Properties, operation: Operation, object: CloudObject) => Promise<void>;
  /** The input that names what it belongs to, and goes with. */
  readonly ownedBy?: string;
  /** What has to be done besides forgetting it, when it is deleted. */
  readonly remove?: (inputs: Properties, operation: Operation) => Promise<void>;
}

/** A simulated cloud: the provider of one Pulumi package. */
export interface Cloud {
  /** The SDK's npm package, by whose declarations inputs are judged. */
  readonly npmName: string;
  /** By token. */
  readonly resources: Readonly<Record<string, CloudResource>>;
  /** By token. Throws Error when the cloud has nothing to tell. */
  readonly functions: Readonly<Record<string, (inputs: Properties, operation: Operation) => Promise<Properties>>>;
}
