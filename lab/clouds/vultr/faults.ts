import type { CloudFault, CloudFaultKind } from "../faults.ts";

/** Where the faults that are switched on are kept. */
export interface FaultStore {
  readonly read: () => Promise<readonly CloudFault[]>;
  readonly change: (next: (faults: readonly CloudFault[]) => CloudFault[]) => Promise<void>;
}

/** A request, as faults see it. */
export interface Struck {
  /** As in `GET /v2/instances/9f…`. */
  readonly request: string;
  /** Regions, host names, labels and ids that it is about. */
  readonly places: readonly string[];
}

/** The ways to fail that are switched on, and how often still. */
export class FaultSwitches {
  readonly #store: FaultStore;

  constructor(store: FaultStore) {
    this.#store = store;
  }

  static inMemory(): FaultSwitches {
    let faults: CloudFault[] = [];
    return new FaultSwitches({
      read: async () => faults,
      change: async (next) => void (faults = next(faults)),
    });
  }

  /** Switches a fault on, after those that are on already. */
  async fail(fault: CloudFault): Promise<void> {
    await this.#store.change((faults) => [...faults, fault]);
  }

  /** Switches faults off: those of a place, or every one. */
  async heal(where?: string): Promise<void> {
    await this.#store.change((faults) => faults.filter((fault) => where !== undefined && fault.where !== where));
  }

  /** What hits a request among some kinds; counts it. Of several, the one that was switched on first. */
  async strike(struck: Struck, kinds: ReadonlySet<CloudFaultKind>): Promise<CloudFaultKind | undefined> {
    const isMeant = (fault: CloudFault): boolean => kinds.has(fault.kind) && isHit(fault, struck);
    const meant = (await this.#store.read()).filter(isMeant);
    let hit = meant.find(({ after = 0 }) => after === 0)?.kind;
    if (!meant.some(({ after, times }) => after !== undefined || times !== undefined)) return hit;
    await this.#store.change((faults) => {
      const first = faults.find((fault) => isMeant(fault) && (fault.after ?? 0) === 0);
      hit = first?.kind;
      return faults.flatMap((fault) => (isMeant(fault) ? nextOf(fault, fault === first) : [fault]));
    });
    return hit;
  }

  /** Whether a fault is on at some places, without counting; one that only some requests meet is not. */
  async isOn(kind: CloudFaultKind, places: readonly string[]): Promise<boolean> {
    return (await this.#store.read()).some(
      ({ kind: own, where, on }) => own === kind && on === undefined && (where === "all" || places.includes(where)),
    );
  }
}

function isHit({ where, on }: CloudFault, { request, places }: Struck): boolean {
  return (where === "all" || places.includes(where)) && (on === undefined || matches(on, request));
}

/** A fault after a request that it could have hit; none when it was the last time. */
function nextOf(fault: CloudFault, hasHit: boolean): CloudFault[] {
  const { after = 0, times } = fault;
  if (after > 0) return [{ ...fault, after: after - 1 }];
  if (!hasHit || times === undefined) return [fault];
  return times > 1 ? [{ ...fault, times: times - 1 }] : [];
}

/**
 * Whether a request is what a pattern means.
 *
 * @param pattern method and path, as in `GET /v2/instances/*`; `*` is one part of the path, or any method
 */
export function matches(pattern: string, request: string): boolean {
  const [wanted, given] = [pattern, request].map((each) => each.split(/[ /]+/));
  return (
    wanted !== undefined &&
    given !== undefined &&
    wanted.length === given.length &&
    wanted.every((part, index) => part === "*" || part === given[index])
  );
}
