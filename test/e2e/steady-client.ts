import { spawn } from "node:child_process";
import { once } from "node:events";
import { namespaceOf, type Lab } from "../../lab/folder.ts";
import { NAMESPACES } from "../../lab/namespaces.ts";

/** What a client that asked all the while got. */
export interface Asked {
  readonly sent: number;
  /** When the questions were sent that nobody answered within a second, in ms from the first one. */
  readonly lost: readonly number[];
  /** How long the longest silence between two answers was, in ms. */
  readonly longestSilence: number;
}

/** Asks for `id.server` (RFC 4892) every 20 ms, each question from the same socket, until its standard input ends. */
const PROGRAM = `
const address = process.argv[1];
const socket = require("node:dgram").createSocket(address.includes(":") ? "udp6" : "udp4");
const question = Buffer.from("0000000000010000000000000269640673657276657200001000" + "03", "hex");
const sent = new Map(), lost = [], start = performance.now();
let count = 0, last = 0, longestSilence = 0;
const now = () => performance.now() - start;
socket.on("message", (answer) => {
  longestSilence = Math.max(longestSilence, now() - last);
  last = now();
  sent.delete(answer.readUInt16BE(0));
});
socket.on("error", () => undefined);
const timer = setInterval(() => {
  const id = count++ % 65536;
  const packet = Buffer.from(question);
  packet.writeUInt16BE(id, 0);
  sent.set(id, now());
  socket.send(packet, 53, address);
  for (const [each, at] of sent) if (now() - at > 1000) sent.delete(each), lost.push(Math.round(at));
}, 20);
process.stdin.resume().on("end", () => {
  clearInterval(timer);
  setTimeout(() => {
    lost.push(...[...sent.values()].map(Math.round));
    console.log(JSON.stringify({ sent: count, lost, longestSilence: Math.round(longestSilence) }));
    process.exit();
  }, 1000);
});
`;

/**
 * Lets a client of a lab ask an address 50 times a second by UDP, until the returned function is called.
 *
 * @param client name of the node, as in `client-fra`
 */
export function askSteadily(lab: Lab, client: string, address: string): () => Promise<Asked> {
  const enter = `--net=${NAMESPACES}/${namespaceOf(lab, client)}`;
  const child = spawn("nsenter", [enter, process.execPath, "-e", PROGRAM, address], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const ended = once(child, "close");
  return async () => {
    child.stdin.end();
    await ended;
    return JSON.parse(output) as Asked;
  };
}
