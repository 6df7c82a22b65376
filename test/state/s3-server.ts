import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { madeOnce } from "../../tools/setup/cache.ts";
import { runCommand } from "../../tools/setup/command.ts";

const REQUIREMENTS = join(import.meta.dirname, "requirements.txt");

/** For tests: a server that speaks S3 on loopback, its content in memory. */
export interface S3Server extends AsyncDisposable {
  /** As in `http://127.0.0.1:46719`. */
  readonly endpoint: string;
}

/** Starts it on a free port, and installs it into the cache folder when it is not there yet. */
export async function startS3(): Promise<S3Server> {
  const python = await motoPython();
  const server = execa(python, ["-m", "moto.server", "--host", "127.0.0.1", "--port", "0"], {
    all: true,
    buffer: false,
    reject: false,
    stdin: "ignore",
  });
  const stop = async (): Promise<void> => {
    server.kill("SIGKILL");
    await server;
  };
  const lines: string[] = [];
  // It goes on to be read afterwards, so that the server is never blocked by what it logs.
  const endpoint = await new Promise<string | undefined>((resolve) => {
    server.all.setEncoding("utf8").on("data", (text: string) => {
      lines.push(text);
      const [, found] = /Running on (http:\/\/\S+)/.exec(lines.join("")) ?? [];
      if (found !== undefined) resolve(found);
    });
    server.all.on("end", () => resolve(undefined));
  });
  if (endpoint === undefined) {
    await stop();
    throw new Error(`The S3 server did not start:\n${lines.join("")}`);
  }
  return { endpoint, [Symbol.asyncDispose]: stop };
}

/** The Python that has moto, of exactly the versions in `requirements.txt`. It finds its packages from where it stands, so that it can be moved. */
async function motoPython(): Promise<string> {
  const folder = await madeOnce("moto", [await readFile(REQUIREMENTS, "utf8")], async (made) => {
    await runCommand("python3", ["-m", "venv", made], { progress: () => {} });
    const pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--requirement", REQUIREMENTS];
    await runCommand(join(made, "bin/python3"), pip, { progress: () => {} });
  });
  return join(folder, "bin/python3");
}
