import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Actions } from "./actions.ts";
import { changesTo } from "./changes.ts";
import { ABSENT, putEntries, putEntry, readEntry, type Entry } from "./entry.ts";
import { at, STATE, type Host } from "./host.ts";
import { closeJournal, openJournal, readJournal, restoreFiles } from "./journal.ts";

const UNDO: Actions = {
  hold: null,
  daemonReload: false,
  enable: [],
  disable: [],
  network: "keep",
  knot: "keep",
  zones: [],
  bird: "keep",
  agent: "keep",
  guards: { start: [], stop: [] },
  remove: { addresses: [], tables: [], markers: false },
};

let host: Host;
beforeEach(async () => {
  const root = await mkdtemp(join(tmpdir(), "anycast-journal-"));
  host = { root, run: () => Promise.reject(new Error("nothing is to be run")), log: () => {} };
});
afterEach(() => rm(host.root, { recursive: true }));

const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
function file(text: string): Entry {
  return { kind: "file", content: Buffer.from(text), mode: 0o644, ...owner };
}

const path = fc.constantFrom("/etc/a", "/etc/deep/er/b", "/etc/deep/c", "/usr/d");
const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ kind: fc.constant("link" as const), target: fc.constantFrom("/x", "/y") }),
  fc.record({
    kind: fc.constant("file" as const),
    content: fc.constantFrom("one", "two", "").map((text) => Buffer.from(text)),
    mode: fc.constantFrom(0o644, 0o600, 0o640),
    uid: fc.constant(owner.uid),
    gid: fc.constant(owner.gid),
  }),
);
const tree = fc.array(fc.tuple(path, entry), { maxLength: 4 }).map((entries) => new Map(entries));

/** Everything below the root but what the agent keeps for itself. */
async function snapshot(folder = host.root): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const each of await readdir(folder, { withFileTypes: true })) {
    const full = join(folder, each.name);
    if (full === at(host, dirname(STATE.journal))) continue;
    if (each.isDirectory()) Object.assign(found, { [full]: "folder" }, await snapshot(full));
    else found[full] = await readEntry(full);
  }
  return found;
}

test("a crash at any point, also while putting things back, leaves what was before", async () => {
  await fc.assert(
    fc.asyncProperty(
      tree,
      tree,
      fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
      async (before, after, done) => {
        await rm(host.root, { recursive: true });
        await mkdir(join(host.root, "var/lib"), { recursive: true });
        await putEntries([...before].map(([each, content]) => [at(host, each), content]));
        const start = await snapshot();
        const changes = await changesTo(host, after, [...before.keys()]);
        await openJournal(host, { site: "fra", boot: "b", changes, packages: [], undo: UNDO });
        // Some swaps were done when the crash came, and others were about to.
        for (const [index, change] of changes.entries()) {
          const real = at(host, change.path);
          if (done[index] === true) await putEntry(real, change.after);
          else await mkdir(dirname(real), { recursive: true }).then(() => writeFile(`${real}.anycast-new`, "half"));
        }
        const journal = await readJournal(host);
        if (journal === undefined) throw new Error("the journal is gone");
        // The first attempt crashes too, after some of it.
        await restoreFiles(host, { ...journal, paths: journal.paths.slice(0, 2), folders: [] });
        await restoreFiles(host, journal);
        expect(await snapshot()).toEqual(start);
        await closeJournal(host);
        expect(await readJournal(host)).toBeUndefined();
      },
    ),
    { numRuns: 60 },
  );
});

test("without its backup, a file is not touched", async () => {
  await putEntry(at(host, "/etc/a"), file("precious"));
  const changes = [{ path: "/etc/a", before: file("precious"), after: ABSENT }];
  const journal = await openJournal(host, { site: "fra", boot: "b", changes, packages: [], undo: UNDO });
  await rm(at(host, STATE.backup), { recursive: true });
  await expect(restoreFiles(host, journal)).rejects.toThrow("the backup of /etc/a is gone");
  expect(await readEntry(at(host, "/etc/a"))).toEqual(file("precious"));
});

test("what is no longer wanted goes, or becomes what it was before us", async () => {
  await putEntries([
    [at(host, "/etc/ours"), file("ours")],
    [at(host, "/etc/packaged"), file("ours")],
    [at(host, `${STATE.originals}/etc/packaged`), file("theirs")],
  ]);
  const changes = await changesTo(host, new Map(), ["/etc/ours", "/etc/packaged", "/etc/never"]);
  expect(changes.map((change) => [change.path, change.after])).toEqual([
    ["/etc/ours", ABSENT],
    ["/etc/packaged", file("theirs")],
  ]);
});
