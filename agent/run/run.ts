import { PATHS } from "../../model/paths.ts";
import { MarkerAnnouncer } from "../announcer/marker.ts";
import { makeCheck } from "../check/make.ts";
import { systemClock } from "../clock.ts";
import { loadConfig } from "../config.ts";
import { listen } from "../control/server.ts";
import { AgentError, messageOf } from "../error.ts";
import { ownVersion } from "../version.ts";
import { SiteAgent } from "./site-agent.ts";

const log = (line: string): void => console.log(line);

/** Runs the agent until it is told to end by a signal; then it withdraws everything. */
export function runAgent(): void {
  const version = ownVersion();
  let { config, digest } = loadConfig(PATHS.agentConfig);
  const { site, interface: interfaceName } = config;
  const agent = new SiteAgent(config, {
    clock: systemClock,
    announcer: new MarkerAnnouncer(interfaceName, systemClock, log),
    makeCheck,
    log,
  });
  const reload = (): void => {
    const next = loadConfig(PATHS.agentConfig);
    if (next.config.interface !== interfaceName) throw new AgentError("another interface needs a restart");
    ({ config, digest } = next);
    agent.reload(config);
    log("the configuration was loaded anew");
  };
  const server = listen(PATHS.agentSocket, {
    status: () => ({ site, version, config: digest, sessions: config.sessions, ...agent.report() }),
    hold: (reason) => agent.hold(reason),
    reload,
  });
  const stop = (): void => {
    log("stopping: everything is withdrawn");
    agent.stop();
    server.close();
    process.exitCode = 0;
    setTimeout(() => process.exit(), 500).unref();
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  process.on("SIGHUP", () => {
    try {
      reload();
    } catch (error) {
      log(`the configuration stays as it was: ${messageOf(error)}`);
    }
  });
  log(`agent ${version} runs at ${site}`);
}
