import { text } from "node:stream/consumers";
import { thisLab } from "./folder.ts";
import { parseHostSpec } from "./host-spec.ts";
import { removeHost, upHost } from "./hosts.ts";

// What the host adapter of `provider: lab` runs: `host.ts up` or `host.ts remove`, with the host's spec as JSON on standard input.
// `up` prints one JSON object (`HostOutput`); what it is doing it says on standard error.
// What a host's own services read must not depend on who starts it.
process.umask(0o022);

try {
  const command = process.argv[2];
  const spec = parseHostSpec(await text(process.stdin));
  const lab = thisLab();
  if (command === "up") {
    process.stderr.write(`Starting host ${spec.site} in ${spec.region}\n`);
    process.stdout.write(`${JSON.stringify(await upHost(lab, spec))}\n`);
  } else if (command === "remove") {
    process.stderr.write(`Removing host ${spec.site}\n`);
    await removeHost(lab, spec.site);
  } else {
    throw new Error(`'${command ?? ""}' is neither up nor remove.`);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
