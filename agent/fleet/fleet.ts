/**
 * How bad it would be if this site announced a prefix: the least bad announce as a last resort. In order: 0 healthy (also
 * while the flap budget keeps it withdrawn), 1 slow or with a shared fault, or healthy and announced otherwise than it would be by
 * itself: drained for good, or in full in the place of others, 2 unknown, 3 down, 4 must not or cannot (held, no session).
 */
export type Badness = 0 | 1 | 2 | 3 | 4;

/**
 * What a site is about to take away: nothing, or it asks the others, or it has their consent. With a consent, it may be gone at any
 * moment: others no longer count on it, and no more on one whose service is certainly dead.
 */
export type Claim = "none" | "asks" | "leaves" | "dead";

/** What a site tells the others of one prefix. */
export interface OwnState {
  /** Whether it announces the prefix now, in full or drained, last resort included. */
  readonly announces: boolean;
  /** Whether it announces it as the last choice, and not in full. */
  readonly drained: boolean;
  readonly claim: Claim;
  readonly badness: Badness;
}

/** What is known of a prefix at the other sites, from what was heard lately. */
export interface PrefixView {
  /** How many other sites announce it, without those whose service is dead. Exact up to the floor; more may be cut off there. */
  readonly announcing: number;
  /** How many of these announce it as a last resort. */
  readonly lastResorts: number;
  /** How many other sites announce it although their service is dead. */
  readonly dead: number;
  /** How many of these announce neither as a last resort (badness 3) nor ask to leave, or leave. Exact up to the floor. */
  readonly dependable: number;
  /** How many of the dependable ones come earlier in the order that all share. */
  readonly dependableBefore: number;
  /**
   * How many other sites announce it and go on before this one does, were it a last resort: the dependable ones and, for badness 3, the last resorts that are earlier in the shared order. Exact up to the floor.
   */
  announcingBefore(badness: Badness, isDead?: boolean): number;
  /**
   * How many other sites come before this one as a last resort: they do not announce it, and are less bad, or as bad and earlier in an
   * order that all sites share; dead ones come last. Exact up to the floor. Takes the badness of this one.
   */
  before(badness: Badness, isDead?: boolean): number;
  /**
   * How many other sites will go on announcing it, without those that leave. Both exact up to the floor.
   *
   * @param asking whether those that ask to leave are counted among those that go on
   */
  staying(asking: boolean): Staying;
  /** Whether a site that comes earlier in the order that all share asks to leave. */
  readonly asksBefore: boolean;
  /** Whether another site is withdrawn for load: it asks, and does not announce. */
  readonly sheds: boolean;
  readonly standIns: StandIns;
}

/** Who announces a prefix in full, who should not have to, and who could. */
export interface StandIns {
  /** How many other sites announce it in full. */
  readonly full: number;
  /** How many of these do so because they are healthy and not drained. */
  readonly fullOfItsOwn: number;
  /** How many other sites announce it as a last resort. */
  readonly lastResorts: number;
  /** How many others that are healthy and drained come earlier in the order that all share. */
  readonly healthyDrainedBefore: number;
}

/** How many sites announce a prefix, and how many of them in full. */
export interface Staying {
  readonly announcing: number;
  readonly full: number;
}

/** A prefix that no other site told of. */
export const NOTHING_KNOWN: PrefixView = {
  announcing: 0,
  lastResorts: 0,
  dead: 0,
  dependable: 0,
  dependableBefore: 0,
  announcingBefore: () => 0,
  before: () => 0,
  staying: () => ({ announcing: 0, full: 0 }),
  asksBefore: false,
  sheds: false,
  standIns: { full: 0, fullOfItsOwn: 0, lastResorts: 0, healthyDrainedBefore: 0 },
};

/** The other sites as far as they are known. `heard` is how many were heard lately: with none, nothing can be said of anybody. */
export interface FleetView {
  readonly heard: number;
  /** Whether there are others that should be heard. */
  readonly expected: boolean;
  /** The view of a prefix; of one that nobody told of, that nobody announces it. */
  prefix(cidr: string): PrefixView;
}

/** What the sites tell each other of who announces what (safety 1). */
export interface Fleet {
  view(): FleetView;
  /** Tells the others how each prefix is here; at once when it changed. */
  publish(own: ReadonlyMap<string, OwnState>): void;
  close(): void;
}
