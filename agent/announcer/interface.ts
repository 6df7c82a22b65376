import { AgentError } from "../error.ts";
import { said, type Finished, type Run } from "../exec.ts";

/**
 * Makes the interface of the markers where there is none, and puts it in order where there is one: a dummy, or a bridge
 * without ports where the kernel has no dummies. It gets no address of its own.
 *
 * @throws AgentError in the words of `ip`
 */
export async function makeInterface(run: Run, name: string): Promise<void> {
  const ip = (...argv: readonly string[]): Promise<Finished> => run(["ip", "link", ...argv]);
  if (!isThere(await ip("add", name, "type", "dummy"))) {
    const bridge = await ip("add", name, "type", "bridge");
    if (!isThere(bridge)) throw new AgentError(`the interface ${name} cannot be made: ${said(bridge)}`);
  }
  // One after the other: with `up` it gets an address of its own.
  for (const setting of [["addrgenmode", "none"], ["up"]]) {
    const set = await ip("set", "dev", name, ...setting);
    if (set.status !== 0) throw new AgentError(`the interface ${name} cannot be used: ${said(set)}`);
  }
}

function isThere({ status, stderr }: Finished): boolean {
  return status === 0 || stderr.includes("File exists");
}
