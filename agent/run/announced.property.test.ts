import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { AgentEvent } from "../events.ts";
import { GossipingFleet } from "../testing/gossiping-fleet.ts";
import { simulatedApply } from "../testing/simulated-apply.ts";
import { announces, type Site } from "../testing/simulated-fleet.ts";
import type { Behavior } from "../testing/surroundings.ts";

const CIDR = "203.0.113.0/24";
const BY = { reason: "test", by: null };

/** Milliseconds after which all know what a session or a heartbeat has to do with, and have done what follows. */
const SETTLED_MS = 3000;
/** A BIRD that falls silent is known to be so after 3 s, and others act on that. */
const SILENCE_SETTLED_MS = 4500;
/** A service that is certainly dead is withdrawn before others have taken its place. */
const DEATH_SETTLED_MS = 2500;
const STEP_MS = 50;

type Event =
  | { readonly kind: "pass"; readonly time: number }
  | { readonly kind: "service"; readonly site: number; readonly does: Behavior }
  | { readonly kind: "ends"; readonly site: number }
  | { readonly kind: "session" | "export" | "bird"; readonly site: number; readonly works: boolean }
  | { readonly kind: "side"; readonly site: number; readonly side: number }
  | { readonly kind: "together" }
  | { readonly kind: "drain" | "undrain"; readonly site: number }
  | { readonly kind: "apply"; readonly site: number; readonly time: number };

/** What happens to the sites, and whether enough of them announce. */
class World {
  readonly fleet: GossipingFleet;
  private readonly floor: number;
  /** When all will know of what happened to sessions and heartbeats. */
  private settledAt = 0;
  /** Sites whose service was dead a moment ago, and until when they are let off. */
  private readonly recovering = new Map<Site, number>();
  /** Sites that were alone when they had settled, and announced then. */
  private alone = new Set<Site>();
  /** Sites whose unit has ended. */
  private readonly ended = new Set<Site>();
  private readonly violations: string[] = [];

  constructor(size: number, floor: number, seed: number) {
    const names = Array.from({ length: size }, (_, index) => `site-${index}`);
    this.fleet = new GossipingFleet(names, floor, seed);
    this.floor = floor;
    for (const site of this.fleet.sites) {
      const { events } = site.around;
      events.push = (...told) => {
        for (const event of told) this.judgeDecision(site, event);
        return Array.prototype.push.apply(events, told);
      };
    }
  }

  async pass(time: number): Promise<void> {
    await this.fleet.pass(time, () => this.look(), STEP_MS);
  }

  happen(event: Exclude<Event, { kind: "pass" }>): void {
    if (event.kind === "together") {
      this.fleet.sides.clear();
      return this.unsettle(SETTLED_MS);
    }
    const site = this.fleet.sites[event.site % this.fleet.sites.length]!;
    switch (event.kind) {
      case "service":
        if (this.mayBeDead(site)) this.recovering.set(site, this.now + 5000);
        this.ended.delete(site);
        site.does = event.does;
        if (this.mayBeDead(site)) this.unsettle(DEATH_SETTLED_MS);
        return;
      case "ends":
        if (site.does !== "answers") this.ended.add(site);
        this.unsettle(DEATH_SETTLED_MS);
        return site.agent.serviceEvent("knot.service");
      case "session":
        if (event.works) site.bird.sessions.add(4);
        else site.bird.sessions.delete(4);
        return this.unsettle(SETTLED_MS);
      case "export":
        site.bird.exports = event.works;
        return this.unsettle(SETTLED_MS);
      case "bird":
        site.bird.silent = !event.works;
        return this.unsettle(SILENCE_SETTLED_MS);
      case "side":
        this.fleet.sides.set(site.name, event.side);
        return this.unsettle(SETTLED_MS);
      case "drain":
        return void site.agent.drain(BY, undefined).catch(() => {});
      case "undrain":
        return site.agent.undrain(BY);
      case "apply":
        return void simulatedApply(site, this.fleet.clock, event.time);
    }
  }

  /** As at the start, and at rest. */
  async mend(): Promise<void> {
    this.fleet.sides.clear();
    for (const site of this.fleet.sites) {
      site.does = "answers";
      site.bird.sessions.add(4);
      Object.assign(site.bird, { exports: true, silent: false });
      site.agent.undrain(BY);
      site.agent.reset(BY);
    }
    this.unsettle(SILENCE_SETTLED_MS);
    await this.fleet.pass(25_000);
  }

  private get now(): number {
    return this.fleet.clock.now();
  }

  private unsettle(time: number): void {
    this.settledAt = Math.max(this.settledAt, this.now + time);
    this.alone = new Set();
  }

  private look(): void {
    const [violation] = this.violations;
    if (violation !== undefined) throw new Error(`${violation}\n${this.story()}`);
    if (this.now < this.settledAt) return;
    for (const side of new Set(this.fleet.sites.map(({ name }) => this.fleet.sideOf(name)))) {
      const sites = this.fleet.sites.filter(({ name }) => this.fleet.sideOf(name) === side);
      if (sites.length === 1) this.judgeAlone(sites[0]!);
      else {
        const able = sites.filter((site) => this.isAble(site));
        const announcing = able.filter((site) => announces(site)).length;
        if (announcing < Math.min(this.floor, able.length))
          throw new Error(`${announcing} of ${able.length} sites announce, floor ${this.floor}\n${this.story()}`);
      }
    }
  }

  /** A site that hears nobody goes on with what it announced. */
  private judgeAlone(site: Site): void {
    if (!this.isAble(site)) return void this.alone.delete(site);
    if (announces(site)) this.alone.add(site);
    else if (this.alone.has(site)) throw new Error(`${site.name} withdrew alone\n${this.story()}`);
  }

  /** Whether its neighbor would have the prefix if it announced it, and its service may be alive. */
  private isAble(site: Site): boolean {
    const { bird, agent } = site;
    const isHeld = agent.report().held !== null;
    return bird.sessions.has(4) && bird.exports && !bird.silent && !isHeld && !this.mayBeDead(site);
  }

  /** Nobody withdraws while it sees fewer than the floor announce, but a dead service that sees a healthy one. */
  private judgeDecision(site: Site, event: AgentEvent): void {
    if (event.event !== "transition" || event.to !== "withdrawn" || event.cause.startsWith("held:")) return;
    const view = this.fleet.network.site(site.name).fleet.view();
    const { announcing, dependable } = view.prefix(CIDR);
    const isAllowed = announcing >= this.floor || (this.mayBeDead(site) && dependable > 0);
    if (view.heard === 0 || !isAllowed)
      this.violations.push(
        `${site.name} withdrew, hears ${view.heard}, of which ${announcing} announce: ${event.cause}`,
      );
  }

  private mayBeDead(site: Site): boolean {
    return site.does === "refuses" || this.ended.has(site) || this.now < (this.recovering.get(site) ?? 0);
  }

  private story(): string {
    return this.fleet.sites
      .map(
        (site) =>
          `${site.name} ${site.does} session ${site.bird.sessions.has(4)} exports ${site.bird.exports} silent ${site.bird.silent} side ${this.fleet.sideOf(site.name)} announces ${announces(site)}: ${site.agent.report().prefixes[0]?.wanted} ${site.agent.report().prefixes[0]?.cause}`,
      )
      .join("\n");
  }
}

const site = fc.nat(6);
const works = fc.boolean();
const kind = <K extends string>(name: K): fc.Arbitrary<K> => fc.constant(name);
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: kind("pass"), time: fc.integer({ min: 1, max: 7000 }) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: kind("service"),
      site,
      does: fc.constantFrom<Behavior[]>("answers", "fails", "fails", "hangs", "refuses"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind("ends"), site }) },
  { weight: 4, arbitrary: fc.record({ kind: kind("session"), site, works }) },
  { weight: 1, arbitrary: fc.record({ kind: kind("export"), site, works }) },
  { weight: 1, arbitrary: fc.record({ kind: kind("bird"), site, works }) },
  { weight: 2, arbitrary: fc.record({ kind: kind("side"), site, side: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind("together") }) },
  { weight: 1, arbitrary: fc.record({ kind: kind("drain"), site }) },
  { weight: 1, arbitrary: fc.record({ kind: kind("undrain"), site }) },
  { weight: 1, arbitrary: fc.record({ kind: kind("apply"), site, time: fc.integer({ min: 1, max: 3000 }) }) },
);

const network = fc.constantFrom({ size: 3, floor: 2 }, { size: 4, floor: 1 }, { size: 7, floor: 3 });

test("no order of session, heartbeat, service and operator events leaves fewer than the floor of those that can (safety 1)", async () => {
  await fc.assert(
    fc.asyncProperty(network, fc.nat(), fc.array(event, { maxLength: 20 }), async ({ size, floor }, seed, events) => {
      const world = new World(size, floor, seed);
      await world.fleet.pass(6000);
      for (const each of events) {
        if (each.kind === "pass") await world.pass(each.time);
        else world.happen(each);
      }
      await world.pass(6000);
      await world.mend();
      expect(world.fleet.announcing("full")).toBe(size);
      world.fleet.stop();
    }),
    { numRuns: 15 },
  );
}, 240_000);
