import { PATHS } from "../../../model/paths.ts";
import { fewer, limited, oursThenPeers, repeat, LIMIT, type Bench, type Scenario } from "../bench.ts";
import type { BenchHost } from "../bench-host.ts";
import { SERVICE_UNIT } from "../service.ts";
import type { Setting } from "../subject.ts";
import type { Row } from "../../report.ts";

const SETTING: Setting = { addresses: 1, every: 1000, fall: 2, rise: 2, events: true };

/** Something is broken on the host when the service is killed. */
interface Fault {
  readonly id: string;
  readonly scenario: string;
  /** Shell commands on the host, right before the kill. */
  readonly fail: string;
  /** Shell commands that mend it, after the withdrawal. */
  readonly heal: string;
  /** Whether the peer that works by BIRD's configuration is measured too. */
  readonly peer: boolean;
}

const BIRD_CONF = "/etc/bird/bird.conf";

const FAULTS: readonly Fault[] = [
  {
    id: "broken-bird-conf",
    scenario: "service killed, bird.conf broken",
    fail: `cp ${BIRD_CONF} /run/whole.conf; echo nonsense >>${BIRD_CONF}; birdc configure >/dev/null; true`,
    heal: `cp /run/whole.conf ${BIRD_CONF}; birdc configure`,
    peer: true,
  },
  {
    id: "no-socket",
    scenario: "service killed, BIRD's socket missing",
    fail: `rm ${PATHS.birdSocket}`,
    heal: "systemctl restart bird",
    peer: true,
  },
  {
    id: "no-interface",
    scenario: "service killed, interface deleted",
    fail: "ip link delete any0",
    heal: "true",
    peer: false,
  },
  {
    id: "full-disk",
    scenario: "service killed, disk full",
    // The state folder becomes a disk of its own, as the machine's own is not ours to fill.
    fail: `systemctl stop anycast-agent; mount -t tmpfs -o size=64k,mode=700 tmpfs ${PATHS.agentState}; chown anycast-agent: ${PATHS.agentState}; systemctl start anycast-agent; head -c 1M /dev/zero >${PATHS.agentState}/full 2>/dev/null; true`,
    heal: `rm -f ${PATHS.agentState}/full; systemctl stop anycast-agent; umount ${PATHS.agentState}; systemctl start anycast-agent`,
    peer: false,
  },
];

/** The rows of 'What happens when something dies' in which not the agent dies. */
export const brokenHost: readonly Scenario[] = FAULTS.map((fault) => ({
  id: fault.id,
  run: (bench) => faulty(bench, fault),
}));

async function faulty(bench: Bench, fault: Fault): Promise<Row[]> {
  const peers = fault.peer ? bench.peers.filter(({ subject }) => subject.daemons.includes("bird.service")) : [];
  return oursThenPeers({ ...bench, peers }, async (host) => {
    await host.run(SETTING);
    const values = await repeat(fewer(bench, 3), 1000, () => once(host, fault));
    await host.stop();
    return limited(host, fault.scenario, values, { target: { max: 4000 } });
  });
}

async function once(host: BenchHost, fault: Fault): Promise<number | undefined> {
  await host.shell(fault.fail);
  // An agent that was restarted has to be back, or one whose interface went.
  await host.announced();
  const at = host.signal(SERVICE_UNIT, "SIGKILL");
  const gone = await host.withdrawnAfter(at, LIMIT);
  await host.shell(fault.heal);
  await host.recover();
  return gone;
}
