import { mkdirSync, readdirSync, rmdirSync, watch, type FSWatcher } from "node:fs";
import { messageOf } from "../error.ts";

/** Is told what becomes of the services' units. */
export interface ServiceListener {
  /** The unit's processes have ended, whatever the reason. */
  ended(unit: string): void;
  /** The unit is about to be stopped; systemd waits until this returns. */
  stopping(unit: string): void;
  /** The firewall was loaded. */
  loaded(): void;
}

/** Milliseconds until a folder that cannot be watched is tried again. */
const RETRY = 1000;

/**
 * Watches the folder in which the services' units leave their events: an empty folder each, `ended:<unit>`,
 * `stopping:<unit>` or `loaded:firewall`. Making a folder follows no link, so that root may do it in one that belongs to the agent's user.
 * Each is removed after the listener has been told: that is the answer that a unit that stops waits for.
 *
 * @param folder made when it is missing; what is there already is told at once
 * @param log told, once in a row, why it cannot be watched; it is tried again each second
 * @returns what ends it
 */
export function watchEventFolder(folder: string, listener: ServiceListener, log: (line: string) => void): () => void {
  let watcher: FSWatcher | undefined;
  let retry: NodeJS.Timeout | undefined;
  let complaint = "";

  const begin = (): void => {
    try {
      mkdirSync(folder, { recursive: true });
      watcher = watch(folder, () => tellAll());
      watcher.on("error", again);
      tellAll();
      complaint = "";
    } catch (error) {
      again(error);
    }
  };
  const tellAll = (): void => {
    try {
      const names = readdirSync(folder);
      // An agent that was held up finds both: a unit is about to stop before it has ended.
      names.sort((a, b) => Number(isEnd(a)) - Number(isEnd(b)));
      for (const name of names) tell(listener, folder, name);
    } catch (error) {
      again(error);
    }
  };
  const again = (error: unknown): void => {
    const problem = `the services' events in ${folder} cannot be watched: ${messageOf(error)}`;
    if (problem !== complaint) log(problem);
    complaint = problem;
    watcher?.close();
    clearTimeout(retry);
    retry = setTimeout(begin, RETRY);
  };
  begin();
  return () => {
    clearTimeout(retry);
    watcher?.close();
  };
}

function isEnd(name: string): boolean {
  return name.startsWith("ended:");
}

function tell(listener: ServiceListener, folder: string, name: string): void {
  const [, kind, unit] = /^(ended|stopping|loaded):(.+)$/.exec(name) ?? [];
  if (unit === undefined) return;
  if (kind === "ended") listener.ended(unit);
  else if (kind === "loaded") listener.loaded();
  else listener.stopping(unit);
  rmdirSync(`${folder}/${name}`);
}
