import { once } from "node:events";
import type { AddressInfo } from "node:net";
import ssh2, { type Server } from "ssh2";
import { afterEach, expect, test } from "vitest";
import { handDrain } from "../../components/hand-drain.ts";
import { sshKey } from "../ssh-key.ts";

const DRAIN = { reason: "new line card", by: "ann", since: "2026-01-02T03:04:05.000Z", until: null };

const [hostKey, operator] = [sshKey(), sshKey()];
let server: Server;
let attempts: string[] = [];
let commands: string[] = [];
afterEach(() => void server.close());

/** A host that lets the operator in, and answers every command so. Returns how it is reached. */
async function host(answer: { readonly output?: string; readonly complaint?: string; readonly status: number }) {
  [attempts, commands] = [[], []];
  server = new ssh2.Server({ hostKeys: [hostKey.private] }, (client) => {
    client.on("error", () => {});
    client.on("authentication", (attempt) => {
      attempts.push(attempt.method);
      const known = attempt.method === "publickey" && attempt.key.data.toString("base64");
      if (known === operator.public.split(" ")[1]) attempt.accept();
      else attempt.reject(["publickey"]);
    });
    client.on("session", (accept) => {
      accept().on("exec", (acceptCommand, _, { command }) => {
        commands.push(command);
        const channel = acceptCommand();
        channel.write(answer.output ?? "");
        channel.stderr.write(answer.complaint ?? "");
        channel.exit(answer.status);
        channel.end();
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { host: "127.0.0.1", port, hostKey: hostKey.public, privateKey: operator.private };
}

const drained = { output: JSON.stringify({ site: "fra", drain: DRAIN, more: 1 }), status: 0 };

test("a site that is drained by hand is told with who, why and until when", async () => {
  expect(await handDrain("fra", await host(drained))).toBe(
    "fra is drained by hand since 2026-01-02 03:04:05Z by ann: new line card; it stays so until 'anycast undrain'",
  );
  expect(commands).toEqual(["anycast-agent status --json"]);
});

test("of a site that nobody drained there is nothing to tell, whoever logs in there", async () => {
  const reached = await host({ output: '{"drain":null}', status: 0 });
  expect(await handDrain("fra", { ...reached, user: "admin" })).toBeUndefined();
  expect(commands).toEqual(["sudo -n anycast-agent status --json"]);
});

test.each([
  ["says why not", { complaint: "anycast-agent: the agent is not running\n", status: 1 }, "the agent is not running"],
  ["ends without a word", { status: 3 }, "'anycast-agent status --json' ended with 3"],
  ["answers otherwise", { output: '{"drain":true}', status: 0 }, "its agent answers as another version"],
])("a host that %s cannot be asked", async (_, answer, why) => {
  const told = await handDrain("fra", await host(answer));
  expect(told).toContain("fra cannot be asked whether it is drained by hand: ");
  expect(told).toContain(why);
});

test("another host at its address is not even shown who asks", async () => {
  const reached = await host(drained);
  expect(await handDrain("fra", { ...reached, hostKey: sshKey().public })).toContain("fra cannot be asked");
  expect([attempts, commands]).toEqual([[], []]);
});
