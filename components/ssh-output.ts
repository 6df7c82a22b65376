import type * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import ssh2, { type ConnectConfig, type ServerHostKeyAlgorithm } from "ssh2";

/** How SSH reaches a host, as the `command` resources have it. */
export type Connection = pulumi.Unwrap<command.types.input.remote.ConnectionArgs>;

/** How long the connection and the command may take together, in ms: a preview waits for it. */
const PATIENCE = 10_000;

/** The signature algorithms of an RSA host key (RFC 8332): the key's own name is the one that servers no longer offer. */
const RSA: ServerHostKeyAlgorithm[] = ["rsa-sha2-512", "rsa-sha2-256"];

/**
 * What a command prints on a host, as root; with the key in memory only, and the host key pinned.
 *
 * @throws Error that says why there is none: SSH's words, or what the command complains of
 */
export async function outputOf(connection: Connection, commandLine: string): Promise<string> {
  const client = new ssh2.Client();
  const asRoot = (connection.user ?? "root") === "root" ? commandLine : `sudo -n ${commandLine}`;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE / 1000} s`)), PATIENCE);
      client.on("error", reject);
      client.on("close", () => reject(new Error("the connection was closed")));
      client.on("ready", () => {
        client.exec(asRoot, (error, channel) => {
          if (error !== undefined) return reject(error);
          const [output, complaints]: [string[], string[]] = [[], []];
          channel.setEncoding("utf8").on("data", (text: string) => output.push(text));
          channel.stderr.setEncoding("utf8").on("data", (text: string) => complaints.push(text));
          channel.on("close", (status: number | null) => {
            if (status === 0) return resolve(output.join(""));
            reject(new Error(complaints.join("").trim() || `'${commandLine}' ended with ${status ?? "a signal"}`));
          });
        });
      });
      client.connect(configOf(connection));
    });
  } finally {
    clearTimeout(timer);
    client.destroy();
  }
}

function configOf({ host, port = 22, user = "root", hostKey, privateKey }: Connection): ConnectConfig {
  const key = ssh2.utils.parseKey(hostKey ?? "");
  if (key instanceof Error) throw new Error("its host key cannot be read");
  const agent = process.env["SSH_AUTH_SOCK"];
  return {
    host,
    port,
    username: user,
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(agent === undefined ? {} : { agent }),
    readyTimeout: PATIENCE,
    algorithms: { serverHostKey: key.type === "ssh-rsa" ? RSA : [key.type] },
    hostVerifier: (offered: Buffer) => offered.equals(key.getPublicSSH()),
  };
}
