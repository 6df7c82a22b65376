import type { Duplex } from "node:stream";
import ssh2, { type AnyAuthMethod, type Client, type ConnectConfig } from "ssh2";
import type { Connection, Endpoint } from "./connection.ts";
import type { Context } from "./context.ts";
import { explainDialError } from "./dial-error.ts";
import { isLabAddress, refusal } from "./lab-address.ts";
import { retry } from "./retry.ts";

/** An authenticated SSH connection. */
export interface Ssh {
  client: Client;
  /** `host:port`, for messages. */
  endpoint: string;
  /** Closes the connection and its proxy's. */
  close: () => void;
}

/**
 * Connects as the official plugin does: 1 + `dialErrorLimit` attempts, the host key checked if there is one.
 * `perDialTimeout` bounds the whole attempt, where the official plugin waits for ever for a server that accepts the
 * connection and then says nothing. Throws, naming the host, if it is not the lab's or cannot be reached.
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
      const inner = await connectOnce(connection, { ...config, sock });
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

function connectOnce(endpoint: Endpoint, config: ConnectConfig): Promise<Ssh> {
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    client.on("error", (error) => {
      reject(explainDialError(error, endpoint));
      client.destroy();
    });
    client.on("close", () => reject(explainDialError(new Error("EOF"), endpoint)));
    client.on("ready", () =>
      resolve({ client, endpoint: `${endpoint.host}:${endpoint.port}`, close: () => client.end() }),
    );
    client.connect(config);
  });
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
    readyTimeout: endpoint.perDialTimeout * 1000,
    // A host that vanishes in the middle of a command is given up after 30 to 40 s.
    keepaliveInterval: 10_000,
    keepaliveCountMax: 3,
    ...(endpoint.hostKey === undefined ? {} : pinned(endpoint.hostKey, endpoint)),
  };
}

function authMethods({ user: username, host, password, ...endpoint }: Endpoint): AnyAuthMethod[] {
  const methods: AnyAuthMethod[] = [{ type: "none", username }];
  if (endpoint.privateKey !== undefined) {
    const key = ssh2.utils.parseKey(endpoint.privateKey, endpoint.privateKeyPassword);
    if (key instanceof Error) throw new Error(`privateKey for ${username}@${host}: ${key.message}`);
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
function pinned(hostKey: string, { host }: Endpoint): ConnectConfig {
  const expected = ssh2.utils.parseKey(hostKey);
  if (expected instanceof Error) throw new Error(`failed to parse host key of ${host}: ${expected.message}`);
  return {
    algorithms: { serverHostKey: [expected.type] },
    hostVerifier: (offered: Buffer) => offered.equals(expected.getPublicSSH()),
  };
}
