import type { Properties } from "./resource.ts";

/** The properties that hold ids of other resources. */
const REFERENCES = ["sshKeyIds", "firewallGroupId", "groupId", "instanceIds", "bareMetalIds"];

/** What the engine has shown of its state in this run; the whole of it no provider is ever given. */
export class ShownState {
  readonly #ids = new Set<string>();
  readonly #newIds = new Set<string>();
  readonly #staying = new Map<string, string>();

  /** Notes that the state has a resource with this id, and what it refers to. */
  show(id: string, properties: Properties = {}): void {
    this.#ids.add(id);
    for (const each of REFERENCES.flatMap((name) => properties[name]))
      if (typeof each === "string") this.#ids.add(each);
  }

  /** Notes that a resource with this id was created in this run. */
  showNew(id: string): void {
    this.#ids.add(id);
    this.#newIds.add(id);
  }

  isNew(id: string): boolean {
    return this.#newIds.has(id);
  }

  hasId(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Notes that the resource of a URN stays: nothing that replaces it was found, or a create has taken it up. */
  stay(urn: string, id: string): void {
    this.#staying.set(urn, id);
  }

  /** Notes that the resource of a URN is replaced. */
  leave(urn: string): void {
    this.#staying.delete(urn);
  }

  /**
   * Whether a resource stays although its deletion is asked for: a state may have one id twice, live and as its own predecessor, when an
   * interrupted replacement was taken up.
   */
  stays(urn: string, id: string): boolean {
    return this.#staying.get(urn) === id;
  }
}
