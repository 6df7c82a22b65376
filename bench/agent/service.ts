/** The unit of the service that is checked. */
export const SERVICE_UNIT = "bench-web.service";

const PROGRAM = "/usr/local/lib/bench-web.mjs";

/**
 * The service: a web server on all addresses, and a name server on the same port, which has one answer to every question. It hangs
 * when it is stopped by a signal.
 */
export function serviceFiles(port: number): Record<string, string> {
  return {
    [PROGRAM]: `import { createServer } from "node:http";
import { createSocket } from "node:dgram";
createServer((_, response) => response.end("ok\\n")).listen(${port}, "0.0.0.0");
const server = createSocket("udp4");
server.on("message", (query, { port, address }) => {
  // The question alone, whatever else the query has, and an A record of the name in it (RFC 1035, 4.1).
  const question = query.subarray(12, query.indexOf(0, 12) + 5);
  const head = Buffer.from([query[0], query[1], 0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0]);
  const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]);
  server.send(Buffer.concat([head, question, answer]), port, address);
});
server.bind(${port}, "0.0.0.0");
`,
    [`/etc/systemd/system/${SERVICE_UNIT}`]: `[Unit]
StartLimitIntervalSec=0
[Service]
ExecStart=/usr/bin/node ${PROGRAM}
`,
  };
}
