import type { HostFacts } from "../model/host.ts";
import type { Secrets } from "../model/manifest.ts";
import { PATHS } from "../model/paths.ts";
import { passwordSymbol } from "./sessions.ts";
import { paragraphs } from "./text.ts";

/** Linux takes TCP MD5 keys of up to 80 bytes (`TCP_MD5SIG_MAXKEYLEN`). */
const MAX_BYTES = 80;

/**
 * The file with the passwords of a host's sessions, apart from the manifest (safety 18); no file when no neighbor has one.
 *
 * @param passwords by neighbor address; those of neighbors that this host does not have are ignored
 * @throws Error when a password is missing or cannot be written in BIRD's configuration; never with the password in it
 */
export function renderSecrets(host: HostFacts, passwords: Readonly<Record<string, string>>): Secrets {
  const defines = host.neighbors
    .filter((neighbor) => neighbor.password)
    .map((neighbor) => {
      const password = passwords[neighbor.address];
      const problem = problemOf(password);
      if (problem !== undefined) throw new Error(`BGP password of neighbor ${neighbor.address}: ${problem}`);
      return `define ${passwordSymbol(neighbor)} = "${password}";`;
    });
  if (defines.length === 0) return { format: 1, files: {} };
  const content = paragraphs(["# Made by pulumi-anycast. BGP passwords (TCP MD5, RFC 2385).", ...new Set(defines)]);
  return { format: 1, files: { [PATHS.birdSecrets]: { content, mode: "0640", owner: "root:bird" } } };
}

function problemOf(password: string | undefined): string | undefined {
  if (password === undefined) return "there is none; set it in the stack secret bgpPasswords under this address";
  if (password === "") return "it is empty; set the one that the provider gave you";
  if (password.includes('"'))
    return `it contains a double quote, which BIRD cannot read; ask the provider for another one`;
  if (/\p{Cc}/u.test(password))
    return "it contains a line break or another control character; was it pasted with its line end?";
  if (Buffer.byteLength(password) > MAX_BYTES)
    return `it is longer than ${MAX_BYTES} bytes, which Linux cannot use for TCP MD5`;
  return undefined;
}
