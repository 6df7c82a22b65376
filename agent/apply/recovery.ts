import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { PATHS } from "../../model/paths.ts";
import { textOf } from "./changes.ts";
import { putEntry, readEntry, type Entry } from "./entry.ts";
import { at, STATE, type Host } from "./host.ts";
import { writeText } from "./own-file.ts";
import { UNITS, unitStates } from "./units.ts";

/** Seconds that boot-time recovery waits for another job: one that came first has put everything back by itself before it did anything. */
const LOCK_TIMEOUT_S = 30;

const RECOVER = [
  `if test -e ${STATE.journal}; then`,
  `if test -e ${STATE.undo}; then flock --close --wait ${LOCK_TIMEOUT_S} ${STATE.lock} sh ${STATE.undo};`,
  `else /usr/bin/node ${PATHS.agent} recover; fi; fi;`,
  `: > ${PATHS.recovered}`,
].join(" ");

/**
 * The unit that undoes, at boot, an apply that a crash or a power cut interrupted (safety 19). It is in no manifest, so that no apply changes
 * it. What announces or serves is only ordered after it and starts when its flag is set; a requirement would have an apply that starts
 * these units undone by its own recovery.
 */
export const UNDO_UNIT = `# Written by anycast-agent, which keeps it until the site is retired.

[Unit]
Description=Anycast: undo an apply that was cut off
Before=anycast-recover.service anycast-network.service bird.service knot.service anycast-agent.service

[Service]
Type=oneshot
# By a shell and dpkg alone: the agent and its Node may be what the apply was about. Only an agent of an
# earlier version leaves no script.
ExecStart=/bin/sh -ec '${RECOVER}'

[Install]
WantedBy=multi-user.target
`;

/** What has systemd start {@link UNDO_UNIT} at boot. */
const AT_BOOT = "/etc/systemd/system/multi-user.target.wants/anycast-undo.service";

/** Makes sure that a power cut from here on would be undone at boot. To be called while nothing is half-done. */
export async function armRecovery(host: Host): Promise<void> {
  const unit: Entry = { kind: "file", content: Buffer.from(UNDO_UNIT), mode: 0o644, uid: 0, gid: 0 };
  if (textOf(await readEntry(at(host, PATHS.undoUnit))) !== UNDO_UNIT) await putEntry(at(host, PATHS.undoUnit), unit);
  const link: Entry = { kind: "link", target: PATHS.undoUnit };
  if ((await readEntry(at(host, AT_BOOT))).kind === "absent") await putEntry(at(host, AT_BOOT), link);
  await setRecovered(host);
}

/** Whether boot-time recovery would undo an apply that was cut off. */
export async function isArmed(host: Host): Promise<boolean> {
  const unit = textOf(await readEntry(at(host, PATHS.undoUnit)));
  return unit === UNDO_UNIT && (await readEntry(at(host, AT_BOOT))).kind === "link";
}

/** Whether the host is whole, as far as is known in this boot. */
export async function isRecovered(host: Pick<Host, "root">): Promise<boolean> {
  return (await readEntry(at(host, PATHS.recovered))).kind !== "absent";
}

/** Lets what announces and serves start, as the host is whole. */
export async function setRecovered(host: Host): Promise<void> {
  if (await isRecovered(host)) return;
  await mkdir(at(host, dirname(PATHS.recovered)), { recursive: true });
  await writeText(at(host, PATHS.recovered), "");
}

/** Starts what would have started at boot, had the host been whole; does not wait for it, as it may wait for boot-time recovery. */
export async function startAtLast(host: Host): Promise<void> {
  const states = await unitStates(host.run);
  const missing = UNITS.filter(({ name, part }) => {
    const { active = false, enabled = false } = states.get(name) ?? {};
    return part !== undefined && enabled && !active;
  });
  if (missing.length > 0)
    await host.run(["systemctl", "--quiet", "--no-block", "start", ...missing.map(({ name }) => name)]);
}

/** Removes what boot-time recovery needs. */
export async function disarmRecovery(host: Host): Promise<void> {
  for (const path of [AT_BOOT, PATHS.undoUnit, PATHS.recovered]) await putEntry(at(host, path), { kind: "absent" });
}
