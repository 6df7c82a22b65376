import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BirdClient, readOnce, succeeded } from "./client.ts";
import { exported, routesOf, sessionState } from "./routing.ts";

/** What BIRD 2.0.12 said to these commands. */
const REPLIES: Record<string, string> = {
  'show protocols all "edge4"': `2002-Name       Proto      Table      State  Since         Info
1002-edge4      BGP        ---        start  17:50:55.120  Active        Socket: Connection refused
1006-  BGP state:          Active
     Neighbor address: 127.0.0.2
     Last error:       Socket: Connection refused
   Channel ipv4
     State:          DOWN
 
0000 
`,
  'show protocols all "edge6"': `2002-Name       Proto      Table      State  Since         Info
1002-edge6      BGP        ---        up     17:50:55.120  Established   
1006-  BGP state:          Established
     Neighbor address: ::1
 
0000 
`,
  'show protocols all "nope"': "8003 No protocols match\n",
  "show route protocol full4_0": `1007-Table announce4:
 203.0.113.0/24       unicast [full4_0 17:50:55.337] * (200)
 	via 198.19.0.1 on any0
0000 
`,
  "show route protocol full6_0": "0000 \n",
  "show route export edge6": `1007-Table announce6:
 2001:db8:53::/48     unicast [full6_0 17:50:55.337] * (200)
 	via fd00:a::1 on any0
                      unicast [drained6_0 17:50:55.342] (100)
 	via fd00:a::3 on any0
 2001:db8:54::/48     unicast [full6_1 17:50:55.337] * (200)
 	via fd00:a::5 on any0
0000 
`,
  "show route export edge4": "9001 No valid tables\n",
  configure: "0002-Reading configuration from /etc/bird/bird.conf\n0004 Reconfiguration in progress\n",
};

let said: Record<string, string>;
let folder: string;
let server: Server;
let path: string;
beforeEach(async () => {
  said = { ...REPLIES };
  folder = await mkdtemp(join(tmpdir(), "anycast-bird-"));
  path = join(folder, "bird.ctl");
  server = createServer((socket) => {
    socket.write("0001 BIRD 2.0.12 ready.\n");
    socket.on("error", () => {});
    const reader = createInterface(socket);
    // It tells the socket's errors once more.
    reader
      .on("error", () => {})
      .on("line", (command) => {
        const text = said[command] ?? "9001 syntax error\n";
        // In two pieces, as a stream may bring them.
        socket.write(text.slice(0, 10));
        setImmediate(() => socket.write(text.slice(10)));
      });
  });
  server.listen(path);
  await once(server, "listening");
});
afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

async function withBird<T>(work: (bird: BirdClient) => Promise<T>): Promise<T> {
  const bird = await BirdClient.connect(path);
  return work(bird).finally(() => bird.close());
}

test("a reply of several lines is read to its end", async () => {
  const reply = await withBird((bird) => bird.ask("configure"));
  expect(reply).toEqual({
    code: 4,
    lines: ["Reading configuration from /etc/bird/bird.conf", "Reconfiguration in progress"],
  });
  expect(succeeded(reply, "configure")).toBe(reply);
});

test("what BIRD says again is the same reply, and read once", async () => {
  let reads = 0;
  const lengthOf = readOnce((lines) => (reads++, lines.length));
  await withBird(async (bird) => {
    const [first, second] = [await bird.ask("configure"), await bird.ask("configure")];
    expect(second).toBe(first);
    expect([lengthOf(first), lengthOf(second)]).toEqual([2, 2]);
    said["configure"] = "0003 Reconfigured\n";
    expect(await bird.ask("configure")).toEqual({ code: 3, lines: ["Reconfigured"] });
  });
  expect(reads).toBe(1);
});

test("a reply that is too long to be about what is ours is not read to its end", async () => {
  said["show route"] = `1007-${" 192.0.2.0/24 unicast\n".repeat(100_000)}0000 \n`;
  await expect(withBird((bird) => bird.ask("show route"))).rejects.toThrow("more than 1000000 characters");
});

test("an error is told with BIRD's own words", async () => {
  const reply = await withBird((bird) => bird.ask("nonsense"));
  expect(() => succeeded(reply, "nonsense")).toThrow("BIRD refused 'nonsense': syntax error");
});

test("several commands go over one connection", async () => {
  const codes = await withBird(async (bird) => [(await bird.ask("configure")).code, (await bird.ask("x")).code]);
  expect(codes).toEqual([4, 9001]);
});

test("without BIRD, the message says so", async () => {
  await expect(BirdClient.connect(join(folder, "other.ctl"))).rejects.toThrow("BIRD is not running");
});

describe("what BIRD shows", () => {
  test("of sessions", async () => {
    const states = await withBird(async (bird) => [
      await sessionState(bird, "edge4"),
      await sessionState(bird, "edge6"),
      await sessionState(bird, "nope"),
    ]);
    expect(states).toEqual([
      { state: "Active", lastError: "Socket: Connection refused" },
      { state: "Established", lastError: null },
      { state: "missing", lastError: null },
    ]);
  });

  test("of routes", async () => {
    const routes = await withBird(async (bird) => [await routesOf(bird, "full4_0"), await routesOf(bird, "full6_0")]);
    expect(routes).toEqual([["203.0.113.0/24"], []]);
  });

  test("of exports", async () => {
    expect(await withBird((bird) => exported(bird, "edge6"))).toEqual(["2001:db8:53::/48", "2001:db8:54::/48"]);
    await expect(withBird((bird) => exported(bird, "edge4"))).rejects.toThrow("No valid tables");
  });
});

describe("by BIRD's restricted client", () => {
  /** What `birdcl -r -v` of BIRD 2.0.12 said to these commands. */
  const SAID: Record<string, string> = {
    "show route": `1007-Table announce4:
     203.0.113.0/24       unicast [full4_0 17:50:55.337] * (200)
     	via 198.19.0.1 on any0
`,
    "disable all": "8007 Access denied\n",
    "show symbols": "",
  };
  let client: BirdClient;

  beforeEach(async () => {
    server.removeAllListeners("connection").on("connection", (socket) => {
      socket.write("0001 BIRD 2.0.12 ready.\n0016 Access restricted\nbird> ");
      socket.on("error", () => {});
      createInterface(socket).on("line", (line) =>
        socket.write(`${line}\n${SAID[line] ?? "9001 syntax error\n"}bird> `),
      );
    });
    client = await BirdClient.connectByClient(path);
  });

  afterEach(() => client.close());

  test("says what BIRD says", async () => {
    const { code, lines } = await client.ask("show route");
    expect({ code, lines }).toEqual({
      code: 0,
      lines: [
        "Table announce4:",
        "203.0.113.0/24       unicast [full4_0 17:50:55.337] * (200)",
        "\tvia 198.19.0.1 on any0",
      ],
    });
    expect(await client.ask("show symbols")).toEqual({ code: 0, lines: [] });
    expect(await client.ask("disable all")).toEqual({ code: 8007, lines: ["Access denied"] });
  });

  test("is not there when BIRD is not", async () => {
    server.removeAllListeners("connection").on("connection", (socket) => socket.end());
    await expect(BirdClient.connectByClient(path)).rejects.toThrow("BIRD is not running: see 'systemctl status bird'");
  });
});
