/** The unit of the service that is checked. */
export const SERVICE_UNIT = "bench-web.service";

const PROGRAM = "/usr/local/lib/bench-web.mjs";

/** The service: a web server on all addresses. It hangs when it is stopped by a signal. */
export function serviceFiles(port: number): Record<string, string> {
  return {
    [PROGRAM]: `import { createServer } from "node:http";
createServer((_, response) => response.end("ok\\n")).listen(${port}, "0.0.0.0");
`,
    [`/etc/systemd/system/${SERVICE_UNIT}`]: `[Unit]
StartLimitIntervalSec=0
[Service]
ExecStart=/usr/bin/node ${PROGRAM}
`,
  };
}
