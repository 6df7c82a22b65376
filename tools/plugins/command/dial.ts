import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import ssh2, { type AnyAuthMethod, type Client, type ConnectConfig } from "ssh2";
import type { Connection, Endpoint } from "./connection.ts";
import type { Context } from "./context.ts";
import { explainDialError } from "./dial-error.ts";
import { keepAlive } from "./keepalive.ts";
import { isLabAddress, refusal } from "./lab-address.ts";
import { retry } from "./retry.ts";

/** An authenticated SSH connection. */
export interface Ssh {
  client: Client;
  /** Closes the connection and its proxy's. */
  close: () => void;
}

/**
 * Connects as the official plugin does: 1 + `dialErrorLimit` attempts, the host key checked if there is one.
 * `perDialTimeout` bounds the TCP connection alone: a server that accepts it and then says nothing is waited for without end.
 * Throws if the host is not the lab's or cannot be reached.
 */
export async function dial(connection: Connection, context: Context): Promise<Ssh> {
  const { proxy } = connection;
  for (const { host } of proxy ? [proxy, connection] : [connection]) {
    if (!isLabAddress(host)) throw new Error(refusal(host));
  }
  const config = sshConfig(connection);
  if (!proxy) return dialEndpoint("Dial", connection, config, context);
  try {
    const outer = await dialEndpoint("Dial proxy", proxy, sshConfig(proxy), context);
    try {
      const sock = await retry(() => forward(outer, connection), retryOptions("Dial from proxy", connection, context));
      const inner = await connectOnce(connection, config, sock);
      inner.client.once("close", outer.close);
      return inner;
    } catch (error) {
      outer.close();
      throw error;
    }
  } catch (error) {
    throw new Error(`proxy: ${(error as Error).message}`, { cause: error });
  }
}

function dialEndpoint(what: string, endpoint: Endpoint, config: ConnectConfig, context: Context): Promise<Ssh> {
  return retry(() => connectOnce(endpoint, config), retryOptions(what, endpoint, context));
}

function retryOptions(what: string, { dialErrorLimit: limit }: Endpoint, { log, signal }: Context) {
  return { what, limit, signal, onRetry: (message: string) => void log("status", message) };
}

/** @param through an open stream to the server, as a proxy gives; default: a TCP connection of its own */
function connectOnce(endpoint: Endpoint, config: ConnectConfig, through?: Duplex): Promise<Ssh> {
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    client.on("error", (error) => {
      reject(explainDialError(error, endpoint));
      client.destroy();
    });
    client.on("close", () => reject(explainDialError(new Error("EOF"), endpoint)));
    client.on("ready", () => resolve({ client, close: () => client.end() }));
    client.connect({ ...config, sock: through ?? tcpConnection(endpoint) });
  });
}

/** A TCP connection that is being made, for `perDialTimeout` seconds at most. */
function tcpConnection({ host, port, perDialTimeout }: Endpoint): Socket {
  const socket = connect({ host, port });
  keepAlive(socket);
  if (perDialTimeout > 0) {
    const late = setTimeout(() => socket.destroy(new Error("i/o timeout")), perDialTimeout * 1000);
    socket.once("connect", () => clearTimeout(late)).once("close", () => clearTimeout(late));
  }
  return socket;
}

function forward({ client }: Ssh, { host, port }: Endpoint): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    client.forwardOut("127.0.0.1", 0, host, port, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
}

function sshConfig(endpoint: Endpoint): ConnectConfig {
  return {
    host: endpoint.host,
    port: endpoint.port,
    username: endpoint.user,
    authHandler: authMethods(endpoint),
    readyTimeout: 0,
    keepaliveInterval: 0,
    ...(endpoint.hostKey === undefined ? {} : pinned(endpoint.hostKey)),
  };
}

function authMethods({ user: username, password, ...endpoint }: Endpoint): AnyAuthMethod[] {
  const methods: AnyAuthMethod[] = [{ type: "none", username }];
  if (endpoint.privateKey !== undefined) {
    const key = ssh2.utils.parseKey(endpoint.privateKey, endpoint.privateKeyPassword);
    if (key instanceof Error) throw new Error(noKey(key));
    methods.push({ type: "publickey", username, key });
  }
  if (password !== undefined) {
    methods.push({ type: "password", username, password });
    methods.push({
      type: "keyboard-interactive",
      username,
      prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(() => password)),
    });
  }
  const agent = endpoint.agentSocketPath ?? process.env["SSH_AUTH_SOCK"];
  if (agent) methods.push({ type: "agent", username, agent });
  return methods;
}

/** Accepts this host key alone, and asks the server for one of its type. */
function pinned(hostKey: string): ConnectConfig {
  const expected = ssh2.utils.parseKey(hostKey);
  if (expected instanceof Error) throw new Error(`failed to parse host key: ${noKey(expected)}`);
  return {
    algorithms: { serverHostKey: [expected.type] },
    hostVerifier: (offered: Buffer) => offered.equals(expected.getPublicSSH()),
  };
}

/** What Go says of a key that `ssh2` cannot read. */
function noKey({ message }: Error): string {
  return message.startsWith("Encrypted") ? "ssh: this private key is passphrase protected" : "ssh: no key found";
}
