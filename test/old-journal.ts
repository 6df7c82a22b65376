import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { must, type Checkout } from "./e2e/checkout.ts";
import { ZONE } from "./e2e/network.ts";

const JOURNAL = "/var/lib/anycast/transaction.json";

/** What keeps the version before from undoing at boot what was cut off. */
const DROP_IN = "/etc/systemd/system/anycast-recover.service.d/test.conf";

/** Runs a script at a site of the lab. */
async function at(checkout: Checkout, site: string, script: string): Promise<void> {
  must(await checkout.lab("exec", `site-${site}`, "--", "sh", "-c", script));
}

/**
 * Cuts a site's power in the middle of an apply of another version, which does not undo it at boot: the journal is left to the
 * version that comes next.
 *
 * @param before the checkout of that version
 */
export async function leaveJournal(checkout: Checkout, before: string, site: string): Promise<void> {
  await at(checkout, site, `mkdir -p ${DROP_IN.replace(/\/[^/]*$/, "")}`);
  await at(checkout, site, `printf '[Unit]\\nConditionPathExists=/nowhere\\n' >${DROP_IN}; sync`);
  const zone = join(before, ZONE);
  await writeFile(zone, (await readFile(zone, "utf8")).replace(/\d{10}/, "2029000000"));
  // Inside the host, because from outside it would be over before the next look.
  const hold = `until [ -e ${JOURNAL} ]; do sleep 0.005; done; pkill -STOP -f '[j]ob apply'`;
  const held = at(checkout, site, `timeout 200 sh -c "${hold}"`);
  const args = ["lab/main.ts", "pulumi", "up", "--yes", "--skip-preview", "--stack", "lab", "--color", "never"];
  const up = execa(join(before, "tools/run"), args, { cwd: before, reject: false });
  await held;
  must(await checkout.lab("fail", "host-off", site));
  must(await checkout.lab("heal", site));
  if ((await up).exitCode === 0) throw new Error("the `up` of the version before was not cut off");
  await at(checkout, site, `test -e ${JOURNAL}; rm -r ${DROP_IN.replace(/\/[^/]*$/, "")}`);
  console.log(`${site} has the journal of an apply that was cut off.`);
}

/** Throws when a site still has a journal. */
export async function expectNoJournal(checkout: Checkout, site: string): Promise<void> {
  await at(checkout, site, `test ! -e ${JOURNAL}`);
}
