import { z } from "zod";
import { isLabAddress, refusal } from "./lab-address.ts";
import { isObject, plain, revealed, secret, type Wire, type WireObject } from "./wire.ts";

/** What the official plugin fills in for a connection and for its proxy; timeouts in seconds. */
const defaults = { port: 22, user: "root", dialErrorLimit: 10, perDialTimeout: 15 };

const endpointShape = {
  host: z.string().refine(isLabAddress, { error: ({ input }) => refusal(String(input)) }),
  port: z.number().default(defaults.port),
  user: z.string().default(defaults.user),
  password: z.string().optional(),
  privateKey: z.string().optional(),
  privateKeyPassword: z.string().optional(),
  agentSocketPath: z.string().optional(),
  dialErrorLimit: z.int().default(defaults.dialErrorLimit),
  perDialTimeout: z.int().default(defaults.perDialTimeout),
  hostKey: z.string().optional(),
};

/** `connection` of a remote command or copy. */
export const connectionSchema = z.object({ ...endpointShape, proxy: z.object(endpointShape).optional() });

/** How to reach a host, maybe by way of a proxy. */
export type Connection = z.infer<typeof connectionSchema>;

/** How to reach one SSH server. */
export type Endpoint = Omit<Connection, "proxy">;

/** What is a secret of its own inside a connection. */
const secretParts = ["password", "privateKey"];

/** A connection as the state keeps it: with its defaults, secret as a whole, and its secrets once more inside. */
export function checkedConnection(connection: Wire): Wire {
  const given = revealed(connection);
  if (!isObject(given)) return secret(given);
  const proxy = revealed(given["proxy"]);
  return secret({ ...checkedEndpoint(given), ...(isObject(proxy) ? { proxy: checkedEndpoint(proxy) } : {}) });
}

function checkedEndpoint(given: WireObject): WireObject {
  const secrets = secretParts.filter((part) => given[part] !== undefined);
  return {
    ...defaults,
    ...given,
    ...Object.fromEntries(secrets.map((part) => [part, secret(plain(given[part]))])),
  };
}
