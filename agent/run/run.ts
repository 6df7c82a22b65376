import type { AgentConfig } from "../../model/agent-config.ts";
import { PATHS } from "../../model/paths.ts";
import { BirdAnnouncements } from "../announced/bird-announcements.ts";
import { MarkerAnnouncer } from "../announcer/marker.ts";
import { makeCheck } from "../check/make.ts";
import { peerCheck } from "../check/peer.ts";
import { systemClock as clock, wallTime } from "../clock.ts";
import { listen } from "../control/server.ts";
import type { Meant } from "../reconcile/differences.ts";
import { AgentError, messageOf } from "../error.ts";
import { Observers } from "../log/observers.ts";
import { ServiceEvents } from "../service-events/service-events.ts";
import { leaveHandover, takeHandover } from "../state/handover.ts";
import { StateFile } from "../state/state-file.ts";
import type { AgentReport } from "../status/report.ts";
import { Notifier } from "../systemd/notifier.ts";
import { ownVersion } from "../version.ts";
import { LazyFleet } from "./lazy-fleet.ts";
import type { Parsed } from "./parse-config.ts";
import { readConfig } from "./read-config.ts";
import { receivedPackets } from "./received-packets.ts";
import { SiteAgent } from "./site-agent.ts";

/** Milliseconds that the last words to the kernel, to other sites and to the log may take. */
const LAST_WORDS = 100;

/**
 * Runs the agent until it is told to end. By SIGTERM, as systemd does it, it leaves what is announced to the agent that follows
 * at once; whether one does, and what becomes of the markers otherwise, is systemd's to know (`ExecStopPost`). By SIGINT it withdraws.
 */
export async function runAgent(): Promise<void> {
  const version = ownVersion();
  const started = wallTime(clock, clock.now());
  const first = await readConfig(PATHS.agentConfig);
  let { config, digest } = first;
  const { site, interface: interfaceName } = config;
  const report = (): AgentReport => ({
    ...agent.report(),
    site,
    version,
    config: digest,
    started,
    sessions: config.sessions,
    routes: config.prefixes,
    fleet: fleetReport(config, fleet),
    alarms: observers.alarms(),
  });
  const observers = new Observers({
    clock,
    config: () => config,
    report,
    wanted: (): Meant["states"] => agent.wanted(),
    retry: (cidr) => agent.retry(cidr),
    onView: (view, askedAt) => announcements.take(view, askedAt),
  });
  const announcements = new BirdAnnouncements(
    clock,
    () => observers.askBird(),
    () => agent.announcementsChanged(),
  );
  const { tell } = observers;
  const say = (text: string): void => tell({ event: "agent", text });
  let peersProblem: string | null = null;
  let peers = first.peers;
  const tellPeers = (parsed: Parsed): void => {
    if (parsed.peersProblem !== null) tell({ event: "alarm", about: "peers", problem: parsed.peersProblem });
    else if (peersProblem !== null) tell({ event: "cleared", about: "peers" });
    ({ peersProblem } = parsed);
  };
  const fleet = new LazyFleet({ clock, tell, onChange: () => agent.fleetChanged() });
  const store = new StateFile(clock, tell);
  const notifier = new Notifier(clock);
  const agent = new SiteAgent(config, {
    clock,
    makeCheck: (check) => {
      const made = makeCheck(check);
      return check.from === "host" ? made : peerCheck(check, made, (...asked) => fleet.ask(...asked));
    },
    tell,
    store,
    random: Math.random,
    fleet,
    handover: takeHandover(),
    announcer: new MarkerAnnouncer(interfaceName, clock, say),
    announcements,
    onBeat: () => notifier.progress(),
    packets: receivedPackets,
  });

  let refused = false;
  const reload = async (): Promise<void> => {
    const next = await readConfig(PATHS.agentConfig);
    if (next.config.interface !== interfaceName) throw new AgentError("another interface needs a restart");
    ({ config, digest } = next);
    agent.reload(config);
    // Those that cannot be read are an alarm and no reason to hear nobody any more.
    if (next.peersProblem === null) ({ peers } = next);
    tellPeers(next);
    await fleet.configure(config, peers ?? (peersProblem === null ? undefined : "unreadable"));
    observers.reload();
    events.watch(unitsOf(config));
    say("the configuration was loaded anew");
    if (refused) tell({ event: "cleared", about: "configuration" });
    refused = false;
  };
  const listener = {
    ended: (unit: string) => agent.serviceEvent(unit),
    stopping: (unit: string) => agent.stopping(unit),
    loaded: () => fleet.admit(),
  };
  const server = listen(PATHS.agentSocket, {
    status: report,
    hold: (...asked) => agent.hold(...asked),
    allowBelowFloor: (...asked) => agent.allowBelowFloor(...asked),
    reload,
    drain: (...asked) => agent.drain(...asked),
    undrain: (asked) => agent.undrain(asked),
    withdraw: (asked, lasts) => agent.withdraw(asked, lasts),
    announce: (asked) => agent.announce(asked),
    freeze: (asked) => agent.freeze(asked),
    thaw: (asked) => agent.thaw(asked),
    reset: (asked) => agent.reset(asked),
  });
  const events = new ServiceEvents(PATHS.serviceEvents, listener, say);
  events.watch(unitsOf(config));
  const end = (): void => {
    store.flush();
    observers.close();
    announcements.close();
    events.close();
    server.close();
    setTimeout(() => process.exit(0), LAST_WORDS);
  };
  process.once("SIGTERM", () => {
    leaveHandover(agent.handOver());
    say("stopping: what is announced is left to the agent that follows");
    end();
  });
  process.once("SIGINT", () => {
    agent.stop();
    say("stopping: everything is withdrawn");
    end();
  });
  process.on("SIGHUP", () => {
    reload().catch((error: unknown) => {
      refused = true;
      tell({ event: "alarm", about: "configuration", problem: `it stays as it was: ${messageOf(error)}` });
    });
  });
  tellPeers(first);
  observers.start();
  await fleet.configure(config, peers ?? (peersProblem === null ? undefined : "unreadable"));
  notifier.ready();
  say(`agent ${version} runs`);
}

/** What the status tells of the other sites. */
function fleetReport({ floor, heartbeat }: AgentConfig, fleet: LazyFleet): AgentReport["fleet"] {
  if (heartbeat === undefined) return null;
  const sites = fleet.heardSites();
  return { floor, heard: sites.length, sites };
}

/** The units that run the services. */
function unitsOf({ services }: AgentConfig): string[] {
  return Object.values(services).flatMap(({ unit }) => (unit === null ? [] : [unit]));
}
