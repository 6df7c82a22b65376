import { join } from "node:path";
import { execa } from "execa";
import { pythonWith } from "../../tools/setup/python.ts";

const REQUIREMENTS = join(import.meta.dirname, "requirements.txt");

/** For tests: a server that speaks S3 on loopback, its content in memory. */
export interface S3Server extends AsyncDisposable {
  /** As in `http://127.0.0.1:46719`. */
  readonly endpoint: string;
}

/** Starts it on a free port, and installs it into the cache folder when it is not there yet. */
export async function startS3(): Promise<S3Server> {
  const python = await pythonWith("moto", REQUIREMENTS);
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
