import { once } from "node:events";
import type { AddressInfo } from "node:net";
import ssh2, { type AuthContext, type Server } from "ssh2";
import { afterEach, expect, test } from "vitest";
import { sshKey } from "../../../test/ssh-key.ts";
import { connectionSchema } from "./connection.ts";
import { dial } from "./dial.ts";

let server: Server | undefined;
afterEach(() => server?.close());

/** A server that lets in whom `judge` accepts, and nothing more. */
async function serverFor(judge: (attempt: AuthContext) => void): Promise<number> {
  const hostKey = sshKey().private;
  server = new ssh2.Server({ hostKeys: [hostKey] }, (client) =>
    client.on("authentication", judge).on("error", () => {}),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function logIn(port: number, login: object): Promise<void> {
  const connection = connectionSchema.parse({ host: "127.0.0.1", port, dialErrorLimit: 0, ...login });
  const context = { log: async () => {}, signal: new AbortController().signal };
  const ssh = await dial(connection, context);
  ssh.close();
}

test("logs in with a password", async () => {
  const port = await serverFor((attempt) => {
    if (attempt.method === "password" && attempt.password === "right") attempt.accept();
    else attempt.reject(["password"]);
  });
  await logIn(port, { password: "right" });
  const refused = logIn(port, { password: "wrong-password" });
  await expect(refused).rejects.toThrow(
    "after 0 failed attempts: ssh: handshake failed: ssh: unable to authenticate, attempted methods",
  );
  await expect(refused).rejects.not.toThrow("wrong-password");
});

test("answers every question with the password", async () => {
  const port = await serverFor((attempt) => {
    if (attempt.method !== "keyboard-interactive") return attempt.reject(["keyboard-interactive"]);
    attempt.prompt(
      [
        { prompt: "Password:", echo: false },
        { prompt: "Again:", echo: false },
      ],
      (answers) => {
        if (answers.join() === "right,right") attempt.accept();
        else attempt.reject();
      },
    );
  });
  await expect(logIn(port, { password: "right", user: "admin" })).resolves.toBeUndefined();
});

test("logs in with an encrypted key", async () => {
  const { private: privateKey, public: publicKey } = sshKey("right");
  const [, key] = publicKey.split(" ");
  const port = await serverFor((attempt) => {
    if (attempt.method === "publickey" && attempt.key.data.toString("base64") === key) attempt.accept();
    else attempt.reject(["publickey"]);
  });
  await logIn(port, { privateKey, privateKeyPassword: "right" });
  await expect(logIn(port, { privateKey })).rejects.toThrow("ssh: this private key is passphrase protected");
});

test.each([
  ["a host", "255.255.255.255", "127.0.0.1"],
  ["a proxy", "127.0.0.1", "255.255.255.255"],
])("refuses %s outside the lab, whoever asks", async (_name, host, proxyHost) => {
  const allowed = connectionSchema.parse({ host: "127.0.0.1", dialErrorLimit: 0 });
  const connection = { ...allowed, host, proxy: { ...allowed, host: proxyHost } };
  const context = { log: async () => {}, signal: new AbortController().signal };
  await expect(dial(connection, context)).rejects.toThrow("refusing to connect to 255.255.255.255: this is the lab's");
});
