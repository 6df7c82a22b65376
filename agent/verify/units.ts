import { PATHS } from "../../model/paths.ts";
import type { Drift } from "../../model/verification.ts";
import type { Host } from "../apply/host.ts";
import { addressesOf, tablesOf } from "../apply/network-files.ts";
import { UNITS, unitStates } from "../apply/units.ts";
import { AgentError } from "../error.ts";
import { said } from "../exec.ts";

/** What is applied: path → text of the file. */
export type Texts = ReadonlyMap<string, string>;

/** Units that do not run or would not after a boot, or run by files that systemd has not read. */
export async function unitDrift({ run }: Host, texts: Texts): Promise<Drift[]> {
  const states = await unitStates(run);
  const unread = await needReload({ run });
  return UNITS.filter(({ file }) => texts.has(file)).flatMap(({ name, part }) => {
    const { active = false, enabled = false } = states.get(name) ?? {};
    return [
      ...(active || part === undefined ? [] : [plain(name, `is not running: systemctl status ${name}`)]),
      ...(enabled ? [] : [plain(name, `does not start at boot: systemctl enable ${name}`)]),
      ...(unread.has(name) ? [plain(name, "runs by a file that systemd has not read: systemctl daemon-reload")] : []),
    ];
  });
}

async function needReload({ run }: Pick<Host, "run">): Promise<Set<string>> {
  const finished = await run(["systemctl", "show", "--property=Id,NeedDaemonReload", ...UNITS.map(({ name }) => name)]);
  if (finished.status !== 0) throw new AgentError(`systemd does not answer: ${said(finished)}`);
  const blocks = finished.stdout.trim().split("\n\n");
  return new Set(
    blocks
      .filter((block) => block.includes("NeedDaemonReload=yes"))
      .map((block) => /^Id=(.*)$/m.exec(block)?.[1] ?? ""),
  );
}

/** Service addresses and firewall tables that the kernel does not have. */
export async function kernelDrift({ run }: Host, texts: Texts): Promise<Drift[]> {
  const { stdout: shown } = await run(["ip", "-o", "address", "show", "dev", "lo"]);
  const there = new Set([...shown.matchAll(/ inet6? (\S+)/g)].map(([, address]) => address));
  const { stdout: listed } = await run(["nft", "list", "tables"]);
  const tables = new Set(listed.split("\n"));
  return [
    ...addressesOf(texts.get(PATHS.addresses) ?? "")
      .filter((address) => !there.has(address))
      .map((address) => plain(address, "is no address of lo")),
    ...tablesOf(texts.get(PATHS.firewall) ?? "")
      .filter((table) => !tables.has(`table ${table}`))
      .map((table) => plain(`table ${table}`, "is not loaded: there is no firewall of ours")),
  ];
}

/** Something that is about no line of a file. */
export function plain(about: string, problem: string): Drift {
  return { about, problem, line: null, diff: null };
}
