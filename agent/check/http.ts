import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import type { AgentCheck } from "../../model/agent-config.ts";
import { endpoint, type Check } from "./check.ts";
import { expectStatus } from "./http-status.ts";
import { quoted } from "./words.ts";

type HttpCheck = Extract<AgentCheck, { kind: "http" | "https" }>;

/** How much of a body is searched, in bytes. */
const SEARCHED = 1024 * 1024;
const DAY = 86_400_000;

/** Healthy when a GET request is answered with the wanted status, headers and body, by a server with a good certificate. Redirects are not followed. */
export function httpCheck(check: HttpCheck): Check {
  const { kind, address, path, host, verify } = check;
  const port = check.port ?? (kind === "https" ? 443 : 80);
  const label = `${kind} ${endpoint(address, port)}${path}${check.certificateDays === undefined ? "" : " certificate"}`;
  if (isStatusOnly(check)) {
    const question = { address, port, path, host: host ?? authority(address, port), status: check.status };
    return { label, probe: (signal) => expectStatus(question, signal) };
  }
  const headers = host === undefined ? {} : { host };
  return {
    label,
    async probe(signal) {
      const options = { host: address, port, path, headers, agent: false, signal, rejectUnauthorized: verify } as const;
      // Loaded when it is needed: Node's client takes memory that most agents never use.
      const { get } = kind === "https" ? await import("node:https") : await import("node:http");
      const request = get(options);
      // Destroyed before the response, a request has one more error to tell, which nobody waits for.
      request.on("error", () => {});
      try {
        const [response] = (await once(request, "response", { signal })) as [IncomingMessage];
        judgeHead(response, check);
        if (check.certificateDays !== undefined)
          judgeCertificate(response.socket as TLSSocket, check.certificateDays, Date.now());
        if (check.body !== undefined && !(await contains(response, Buffer.from(check.body))))
          throw new Error(`the body does not contain ${quoted(check.body)}`);
      } finally {
        request.destroy();
      }
    },
  };
}

/** Whether the status line tells all that is asked. */
function isStatusOnly({ kind, headers, body }: HttpCheck): boolean {
  return kind === "http" && body === undefined && Object.keys(headers).length === 0;
}

/** The Host header of an address: the port only where it is not the usual one (RFC 9110, section 7.2). */
function authority(address: string, port: number): string {
  return port === 80 ? endpoint(address, 0).replace(/:0$/, "") : endpoint(address, port);
}

function judgeHead({ statusCode, headers }: IncomingMessage, check: HttpCheck): void {
  if (statusCode !== check.status) throw new Error(`status ${statusCode}, not ${check.status}`);
  for (const [name, wanted] of Object.entries(check.headers)) {
    const given = headers[name.toLowerCase()];
    if (given === undefined) throw new Error(`the header ${name} is missing`);
    if (![given].flat().includes(wanted))
      throw new Error(`the header ${name} is ${quoted([given].flat().join(", "))}, not ${quoted(wanted)}`);
  }
}

function judgeCertificate(socket: TLSSocket, least: number, now: number): void {
  const left = Math.floor((Date.parse(socket.getPeerCertificate().valid_to) - now) / DAY);
  if (left < 0) throw new Error("the certificate has expired");
  if (left < least) throw new Error(`the certificate is valid for ${left} more days, fewer than ${least}`);
}

/** Whether a body contains some bytes. Keeps no more of it than could be the beginning of a match. */
async function contains(body: AsyncIterable<Buffer>, wanted: Buffer): Promise<boolean> {
  let tail = Buffer.alloc(0);
  let searched = 0;
  for await (const chunk of body) {
    const window = Buffer.concat([tail, chunk]);
    if (window.includes(wanted)) return true;
    tail = window.subarray(Math.max(0, window.length - wanted.length + 1));
    searched += chunk.length;
    if (searched >= SEARCHED) return false;
  }
  return false;
}
