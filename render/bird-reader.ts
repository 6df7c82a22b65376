import { basename } from "node:path/posix";
import { AGENT_USER } from "../model/agent-user.ts";
import { PATHS } from "../model/paths.ts";
import { header, paragraphs } from "./text.ts";

/** The most connections at a time: the agent has one of each kind. */
const MOST_CONNECTIONS = 8;

/** What the agent may do with BIRD: each a socket unit, and what answers at it. */
const WAYS = [
  {
    path: PATHS.birdReader,
    socket: PATHS.birdReaderSocket,
    unit: PATHS.birdReaderUnit,
    about: "shows the agent what BIRD has, and changes nothing",
    command: "/usr/sbin/birdcl -r -v",
    input: "socket",
  },
  {
    path: PATHS.birdChecker,
    socket: PATHS.birdCheckerSocket,
    unit: PATHS.birdCheckerUnit,
    about: "has BIRD check its configuration file for the agent",
    command: "/usr/sbin/birdcl -v configure check",
    input: "null",
  },
] as const;

/** The units' names, as other units want them. */
export const BIRD_SOCKETS: readonly string[] = WAYS.map(({ socket }) => basename(socket));

/**
 * The units by which the agent looks at BIRD. Whoever may use BIRD's own socket may change everything (BIRD's `restrict` binds only who sends it), so
 * the agent may not: it gets a client that is restricted from its start (docs/decisions/044-the-agent-may-only-look-at-bird.md).
 */
export function birdReaderFiles(site: string): Record<string, string> {
  return Object.fromEntries(
    WAYS.flatMap(({ path, socket, unit, about, command, input }) => [
      [
        socket,
        paragraphs(
          [header(site)],
          ["[Unit]", `Description=Anycast: ${about}`, "PartOf=anycast-agent.service"],
          [
            "[Socket]",
            `ListenStream=${path}`,
            "Accept=yes",
            `MaxConnections=${MOST_CONNECTIONS}`,
            "SocketUser=root",
            `SocketGroup=${AGENT_USER}`,
            "SocketMode=0660",
          ],
        ),
      ],
      [
        unit,
        paragraphs(
          [header(site)],
          [
            "[Unit]",
            `Description=Anycast: ${about}`,
            "# While BIRD is down, the agent asks again each second.",
            "CollectMode=inactive-or-failed",
          ],
          [
            "[Service]",
            `ExecStart=${command}`,
            `StandardInput=${input}`,
            "StandardOutput=socket",
            "StandardError=null",
            "LogLevelMax=warning",
            "User=bird",
            "Group=bird",
            "CapabilityBoundingSet=",
            "NoNewPrivileges=yes",
            "ProtectSystem=strict",
            "ProtectHome=yes",
            "PrivateDevices=yes",
            "PrivateNetwork=yes",
            "RestrictAddressFamilies=AF_UNIX",
            "MemoryMax=64M",
          ],
        ),
      ],
    ]),
  );
}
