import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import * as https from "node:https";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { AgentCheckInput } from "../../model/agent-config.ts";
import { closedPort, finding } from "../testing/loopback.ts";

type HttpInput = Extract<AgentCheckInput, { kind: "http" | "https" }>;

async function portOf(server: Server & { closeAllConnections(): void }): Promise<number> {
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** What the check finds at a server that answers so. */
const probe = async (listener: RequestListener, rest: Partial<HttpInput> = {}, timeout = 2000): Promise<string> => {
  const port = await portOf(createServer(listener));
  return await finding({ kind: "http", address: "127.0.0.1", port, ...rest }, timeout);
};

const byHostAndPath: RequestListener = (request, response) => {
  const asked = `${request.headers.host}${request.url}`;
  response.writeHead(asked === "www.example.net/health" ? 204 : 404).end();
};

const byHostAndPort: RequestListener = ({ headers, socket }, response) =>
  response.writeHead(headers.host === `127.0.0.1:${socket.localPort}` ? 200 : 400).end();

const pieces: RequestListener = (_, response) => {
  response.write("status: he");
  setTimeout(() => response.write("althy\n"), 20);
};

const half: RequestListener = (_, response) => void response.write("hea");

const cut: RequestListener = (request, response) => response.write("hea", () => request.socket.destroy());

const withHeaders: RequestListener = (_, response) =>
  response.writeHead(200, { "x-role": "primary", "set-cookie": ["a=1", "b=2"] }).end();

describe("http", () => {
  test("the wanted status is healthy; path and host are sent", async () => {
    const check = { path: "/health", host: "www.example.net", status: 204 };
    expect(await probe(byHostAndPath, check)).toBe("healthy");
    expect(await probe(byHostAndPath, { ...check, path: "/" })).toBe("status 404, not 204");
  });

  test("without a host the address and port are asked for", async () => {
    expect(await probe(byHostAndPort)).toBe("healthy");
  });

  test("an answer without an end is healthy as soon as its status is known", async () => {
    expect(await probe((_, response) => void response.writeHead(200).write("…"))).toBe("healthy");
  });

  test("another status is a failure; a redirect is not followed", async () => {
    expect(await probe((_, response) => void response.writeHead(503).end())).toBe("status 503, not 200");
    expect(await probe((_, response) => void response.writeHead(302, { location: "/" }).end())).toBe(
      "status 302, not 200",
    );
  });

  test("the body must contain the text, also one that comes in pieces", async () => {
    expect(await probe(pieces, { body: "healthy" })).toBe("healthy");
    expect(await probe((_, response) => response.end("status: ill"), { body: "healthy" })).toBe(
      'the body does not contain "healthy"',
    );
  });

  test("a body without an end is searched for so long and no longer", async () => {
    let written = 0;
    const endless: RequestListener = (_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write("x".repeat(65_536))) written += 65_536;
      };
      response.on("drain", more);
      more();
    };
    expect(await probe(endless, { body: "healthy" })).toBe('the body does not contain "healthy"');
    expect(written).toBeLessThan(16 * 1024 * 1024);
  });

  test("a body that stops halfway lasts until the signal", async () => {
    expect(await probe(half, { body: "healthy" }, 50)).toBe("given up");
  });

  test("a body that is cut is a failure", async () => {
    expect(await probe(cut, { body: "healthy" })).toBe("the connection was cut (ECONNRESET)");
  });

  test("headers must have their values", async () => {
    expect(await probe(withHeaders, { headers: { "X-Role": "primary", "Set-Cookie": "b=2" } })).toBe("healthy");
    expect(await probe(withHeaders, { headers: { "X-Role": "standby" } })).toBe(
      'the header X-Role is "primary", not "standby"',
    );
    expect(await probe(withHeaders, { headers: { "X-Other": "1" } })).toBe("the header X-Other is missing");
  });

  test("silence lasts until the signal", async () => {
    expect(await probe(() => {}, {}, 50)).toBe("given up");
  });

  test("a connection that is cut or refused is a failure", async () => {
    expect(await probe((request) => request.socket.destroy())).toBe("the connection was closed without an answer");
    expect(await finding({ kind: "http", address: "127.0.0.1", port: await closedPort() })).toBe(
      "connection refused (ECONNREFUSED)",
    );
  });
});

describe("https", () => {
  const host = "www.example.net";
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "anycast-https-"));
    const key = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 10".split(" ");
    const subject = ["-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host}`];
    const files = ["-keyout", join(folder, "key"), "-out", join(folder, "cert")];
    await promisify(execFile)("openssl", [...key, ...subject, ...files]);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const probeTls = async (rest: Partial<HttpInput>): Promise<string> => {
    const [key, cert] = await Promise.all(["key", "cert"].map((file) => readFile(join(folder, file))));
    const server = https.createServer({ key: key!, cert: cert! }, (request, response) =>
      response.writeHead(request.headers.host === host ? 200 : 404).end(),
    );
    return await finding({ kind: "https", address: "127.0.0.1", port: await portOf(server), host, ...rest });
  };

  test("a certificate that nobody vouches for is a failure", async () => {
    expect(await probeTls({})).toBe("self-signed certificate");
  });

  test("unless trust is not asked for", async () => {
    expect(await probeTls({ verify: false })).toBe("healthy");
  });

  test("the certificate must be valid for some more days", async () => {
    expect(await probeTls({ verify: false, certificateDays: 9 })).toBe("healthy");
    expect(await probeTls({ verify: false, certificateDays: 14 })).toBe(
      "the certificate is valid for 9 more days, fewer than 14",
    );
  });

  test("plain HTTP is a failure", async () => {
    const port = await portOf(createServer((_, response) => response.end()));
    expect(await finding({ kind: "https", address: "127.0.0.1", port })).toMatch(/^the server does not speak TLS \(/);
  });

  test("trusted for its name and for no other", async () => {
    // Node reads its trusted certificates once: a process of its own has this one among them.
    const script = `
      import { httpCheck } from ${JSON.stringify(join(import.meta.dirname, "http.ts"))};
      import { agentCheckSchema } from ${JSON.stringify(join(import.meta.dirname, "../../model/agent-config.ts"))};
      for (const host of [${JSON.stringify(host)}, "other.example.net"]) {
        const check = agentCheckSchema.parse({ kind: "https", address: "127.0.0.1", port: Number(process.argv[2]), host });
        console.log(await httpCheck(check).probe(AbortSignal.timeout(5000)).then(() => "healthy", ({ message }) => message));
      }`;
    const [key, cert] = await Promise.all(["key", "cert"].map((file) => readFile(join(folder, file))));
    const port = await portOf(https.createServer({ key: key!, cert: cert! }, (_, response) => response.end()));
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--import", "tsx", "--input-type=module", "--eval", script, "-", String(port)],
      { env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, "cert") }, cwd: import.meta.dirname },
    );
    expect(stdout).toMatch(/^healthy\nHostname\/IP does not match certificate's altnames: .*other\.example\.net/);
  });
});
