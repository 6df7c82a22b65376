import { text } from "node:stream/consumers";
import { sshKeysSchema } from "../../model/ssh-keys.ts";
import { parseJson } from "../config.ts";
import { run } from "../exec.ts";
import { letIn } from "./let-in.ts";

/** `anycast-agent ssh-keys`: lets in the keys on standard input, and those no more that it let in before. Prints the result as JSON. */
export async function sshKeysCommand(): Promise<void> {
  const given = parseJson(sshKeysSchema, await text(process.stdin), "the SSH keys on standard input");
  console.log(JSON.stringify(await letIn({ root: "/", run, log: () => {} }, given)));
}
