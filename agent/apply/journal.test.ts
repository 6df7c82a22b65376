import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Actions } from "./actions.ts";
import { changesTo } from "./changes.ts";
import { ABSENT, putEntries, putEntry, readEntry, type Entry } from "./entry.ts";
import { at, STATE, type Host } from "./host.ts";
import { PATHS } from "../../model/paths.ts";
import { closeJournal, dropBackup, openJournal, readJournal, restoreFiles } from "./journal.ts";

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

/** Runs the script beside the journal as at boot, where systemd knows of no unit that runs. */
async function runScript(): Promise<void> {
  const tools = await mkdtemp(join(tmpdir(), "anycast-tools-"));
  try {
    const systemctl = '#!/bin/sh\ncase "$1" in show) echo inactive ;; *) case "$*" in *is-*) exit 1 ;; esac ;; esac\n';
    for (const [name, text] of Object.entries({ systemctl, sync: "#!/bin/sh\n" }))
      await writeFile(join(tools, name), text, { mode: 0o755 });
    await mkdir(at(host, "/run"), { recursive: true });
    const { stderr, exitCode } = await execa("sh", [at(host, STATE.undo)], {
      env: { PATH: `${tools}:${process.env["PATH"]}` },
      reject: false,
    });
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    expect((await readEntry(at(host, PATHS.recovered))).kind).toBe("file");
    await rm(at(host, "/run"), { recursive: true });
  } finally {
    await rm(tools, { recursive: true });
  }
}

test.each([false, true])(
  "a crash at any point, also while putting things back (at boot: %s), leaves what was before",
  async (atBoot) => {
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
          if (atBoot) await runScript();
          else {
            await restoreFiles(host, journal);
            await closeJournal(host);
            await dropBackup(host);
          }
          expect(await snapshot()).toEqual(start);
          expect(await readJournal(host)).toBeUndefined();
          expect(await readdir(at(host, dirname(STATE.journal)))).toEqual([]);
        },
      ),
      { numRuns: atBoot ? 15 : 60 },
    );
  },
);

test("the script touches nothing when a backup is gone, and reports no recovery", async () => {
  await putEntry(at(host, "/etc/a"), file("before"));
  const changes = [
    { path: "/etc/new", before: ABSENT, after: file("new") },
    { path: "/etc/a", before: file("before"), after: file("after") },
  ];
  await openJournal(host, { site: "fra", boot: "b", changes, packages: [], undo: UNDO });
  await putEntries(changes.map(({ path: each, after }) => [at(host, each), after]));
  await rm(at(host, `${STATE.backup}/1`));
  const { stderr, exitCode } = await execa("sh", [at(host, STATE.undo)], { reject: false });
  expect({ stderr, exitCode }).toEqual({ stderr: "not recovered: the backup of /etc/a is gone", exitCode: 1 });
  expect(await readEntry(at(host, "/etc/new"))).toEqual(file("new"));
  expect((await readEntry(at(host, PATHS.recovered))).kind).toBe("absent");
});

test("a journal of another version is read: what it has more is left out, what it lacks has a default", async () => {
  // As commit 8ad684a wrote it before its agent knew of packages and guards, and as one to come may write it.
  const { guards, ...undo } = UNDO;
  expect(guards).toBeDefined();
  const old = { format: 1, site: "fra", boot: "b", paths: [{ path: "/etc/a", existed: true }], folders: [], undo };
  const later = {
    ...old,
    reason: "x",
    paths: [{ path: "/etc/a", existed: true, digest: "0" }],
    undo: { ...undo, nginx: "reload" },
  };
  for (const journal of [old, later]) {
    await mkdir(at(host, dirname(STATE.journal)), { recursive: true });
    await writeFile(at(host, STATE.journal), JSON.stringify(journal));
    expect(await readJournal(host)).toEqual({ ...old, packages: [], undo: UNDO });
  }
});

test("an older agent reads what this one writes: it knew no other keys", async () => {
  const packages = [{ name: "bird2", before: "1", after: "2" }];
  await openJournal(host, { site: "fra", boot: "b", changes: [], packages, undo: UNDO });
  const written = JSON.parse(await readFile(at(host, STATE.journal), "utf8")) as Record<string, object>;
  expect(Object.keys(written)).toEqual(["format", "site", "boot", "paths", "packages", "folders", "undo"]);
  expect(Object.keys(written["undo"] ?? {}).toSorted()).toEqual(Object.keys(UNDO).toSorted());
  expect(written["packages"]).toEqual([{ name: "bird2", version: "1" }]);
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
