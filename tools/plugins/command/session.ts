import type { ClientChannel } from "ssh2";
import type { Ssh } from "./dial.ts";

/**
 * `ssh2` sends `env` requests without asking for the answer, so a variable that the server refuses would be lost in
 * silence, and the command run without it. These are the parts of `ssh2` 1.17 that it uses itself to open a session;
 * `ssh.root.test.ts` holds them to a real server.
 */
interface Internals {
  _chanMgr: { add: (opened: ChannelOpened) => number };
  _protocol: {
    session: (localId: number, window: number, packetSize: number) => void;
    env: (remoteId: number, name: string, value: string, wantReply: true) => void;
    exec: (remoteId: number, command: string, wantReply: true) => void;
  };
}

interface ChannelOpened {
  (error: Error | undefined, channel: SessionChannel): void;
  type: "session";
}

interface SessionChannel extends ClientChannel {
  outgoing: { id: number };
  incoming: { state: "open" | "eof" | "closed" };
  _callbacks: ((failed: boolean | Error) => void)[];
}

const windowBytes = 2 * 1024 * 1024;
const packetBytes = 32 * 1024;

/** One session of an SSH connection: variables first, then one command. */
export interface Session {
  /** Sets a variable for the command; false if the server refuses it (`AcceptEnv`). */
  setEnvironment: (name: string, value: string) => Promise<boolean>;
  /** Starts the command; its output comes from the channel, its input goes there. */
  start: (command: string) => Promise<ClientChannel>;
}

/** Opens a session on a connection. */
export async function openSession({ client }: Ssh): Promise<Session> {
  const { _chanMgr: channels, _protocol: protocol } = client as unknown as Internals;
  const channel = await new Promise<SessionChannel>((resolve, reject) => {
    const opened = (error: Error | undefined, opening: SessionChannel) => (error ? reject(error) : resolve(opening));
    protocol.session(channels.add(Object.assign(opened, { type: "session" as const })), windowBytes, packetBytes);
  });
  const { _callbacks: replies } = channel;
  const accepted = (send: () => void) =>
    new Promise<boolean>((resolve) => {
      if (channel.incoming.state === "closed") return resolve(false);
      replies.push((failed) => resolve(failed === false));
      send();
    });
  return {
    setEnvironment: (name, value) => accepted(() => protocol.env(channel.outgoing.id, name, value, true)),
    start: async (command) => {
      if (await accepted(() => protocol.exec(channel.outgoing.id, command, true))) return channel;
      throw new Error(`ssh: command ${command} failed`);
    },
  };
}
