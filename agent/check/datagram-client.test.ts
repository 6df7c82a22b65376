import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { DatagramClient } from "./datagram-client.ts";

/** A server that notes the source port of each datagram and answers by `reply`. */
async function server(
  reply: (text: string) => string | undefined,
): Promise<{ port: number; sources: number[]; socket: Socket }> {
  const socket = createSocket("udp4");
  const sources: number[] = [];
  socket.on("message", (datagram, from) => {
    sources.push(from.port);
    const answer = reply(datagram.toString());
    if (answer !== undefined) socket.send(answer, from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => {
    try {
      socket.close();
    } catch {
      // The test has closed it.
    }
  });
  return { port: socket.address().port, sources, socket };
}

function client(port: number): DatagramClient {
  const made = new DatagramClient({ address: "127.0.0.1", port });
  onTestFinished(() => made.close());
  return made;
}

const text = (datagram: Buffer): string => datagram.toString();
const patience = (): AbortSignal => AbortSignal.timeout(5000);

test("one socket serves all questions that are answered", async () => {
  const { port, sources } = await server((asked) => `${asked}!`);
  const asker = client(port);
  for (const question of ["a", "b", "c"])
    expect(await asker.ask(Buffer.from(question), text, patience())).toBe(`${question}!`);
  expect(new Set(sources).size).toBe(1);
});

test("what was given up is not taken for the next answer", async () => {
  const held: string[] = [];
  const { port, sources } = await server((asked) => (asked === "slow" ? void held.push(asked) : `${asked}!`));
  const asker = client(port);
  await expect(asker.ask(Buffer.from("slow"), text, AbortSignal.timeout(50))).rejects.toThrow("timeout");
  expect(await asker.ask(Buffer.from("next"), text, patience())).toBe("next!");
  expect(held).toEqual(["slow"]);
  expect(new Set(sources).size).toBe(2);
});

test("a question that replaces one under way is answered, whatever becomes of the other", async () => {
  const { port } = await server((asked) => (asked === "first" ? undefined : `${asked}!`));
  const asker = client(port);
  const first = new AbortController();
  const lost = asker.ask(Buffer.from("first"), text, first.signal);
  const second = asker.ask(Buffer.from("second"), text, patience());
  first.abort(new Error("given up"));
  await expect(lost).rejects.toThrow("given up");
  expect(await second).toBe("second!");
});

test("after a refusal the next question is asked anew", async () => {
  const { port, socket } = await server((asked) => `${asked}!`);
  const asker = client(port);
  expect(await asker.ask(Buffer.from("a"), text, patience())).toBe("a!");
  await new Promise<void>((closed) => socket.close(closed));
  await expect(asker.ask(Buffer.from("b"), text, patience())).rejects.toThrow("ECONNREFUSED");
  const again = createSocket("udp4", (_, from) => again.send("back", from.port, from.address));
  again.bind(port, "127.0.0.1");
  await once(again, "listening");
  onTestFinished(() => void again.close());
  expect(await asker.ask(Buffer.from("c"), text, patience())).toBe("back");
});
