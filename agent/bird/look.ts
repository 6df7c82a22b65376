import { existsSync } from "node:fs";
import { PATHS } from "../../model/paths.ts";
import { LineSocket } from "../line-socket.ts";
import { BirdClient, parse, type Reply } from "./client.ts";

/** What the agent does with BIRD, which it may only look at. */
export interface BirdLook {
  /**
   * Makes a connection on which nothing can be changed.
   *
   * @throws AgentError when BIRD is not running
   */
  connect(): Promise<BirdClient>;
  /**
   * What BIRD says to `configure check`.
   *
   * @throws AgentError when BIRD is silent or gone
   */
  check(): Promise<Reply>;
}

/** BIRD by the socket units of `render/bird-reader.ts`; on a host that was set up by hand and has none, by BIRD's own socket. */
export const systemBird: BirdLook = {
  async connect() {
    if (existsSync(PATHS.birdReader)) return BirdClient.connectByClient(PATHS.birdReader);
    return restricted(await BirdClient.connect());
  },
  async check() {
    if (!existsSync(PATHS.birdChecker)) return checkedBy(await BirdClient.connect());
    const socket = await LineSocket.connect(PATHS.birdChecker, "BIRD", "bird");
    try {
      return parse(await socket.readToEnd(), "client");
    } finally {
      socket.close();
    }
  },
};

/** BIRD by a socket of its own making. */
export function birdAt(path: string): BirdLook {
  return {
    connect: async () => restricted(await BirdClient.connect(path)),
    check: async () => checkedBy(await BirdClient.connect(path)),
  };
}

async function restricted(bird: BirdClient): Promise<BirdClient> {
  await bird.ask("restrict");
  return bird;
}

async function checkedBy(bird: BirdClient): Promise<Reply> {
  return bird.ask("configure check").finally(() => bird.close());
}
