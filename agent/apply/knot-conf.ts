/** Items of Knot's `server` section that `knotc reload` takes over; all others need a restart (knot.conf(5)). */
const RELOADABLE = /^(identity|nsid|version):/;

/** Whether Knot must be restarted to follow a change of its configuration. */
export function knotNeedsRestart(before: string, after: string): boolean {
  return ["server", "database"].some((section) => settings(before, section) !== settings(after, section));
}

function settings(conf: string, section: string): string {
  const lines = conf.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`${section}:`)) + 1;
  if (start === 0) return "";
  const length = lines.slice(start).findIndex((line) => /^\S/.test(line) && !line.startsWith("#"));
  return lines
    .slice(start, length === -1 ? undefined : start + length)
    .map((line) => line.replace(/(^|\s)#.*/, "").trim())
    .filter((line) => line !== "" && !RELOADABLE.test(line))
    .join("\n");
}
