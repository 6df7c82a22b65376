import { expect, test } from "vitest";
import { PATHS } from "../../model/paths.ts";
import { ABSENT, type Entry } from "./entry.ts";
import { checkRoom, type Disk } from "./room.ts";

const MIB = 2 ** 20;
const ZONE = `${PATHS.zones}/example.net.zone`;
const host = { root: "/", run: () => Promise.reject(new Error("nothing is to be run")), log: () => {} };

function file(mib: number): Entry {
  return { kind: "file", content: Buffer.alloc(mib * MIB), mode: 0o644, uid: 0, gid: 0 };
}

/** One zone of 1 MiB becomes one of 2 MiB, with the state on a disk of its own. */
async function change(state: Partial<Disk>, zones: Partial<Disk>): Promise<void> {
  const roomy = { free: 100 * MIB, freeFiles: Infinity };
  await checkRoom(
    host,
    { wanted: new Map([[ZONE, file(2)]]), changes: [{ path: ZONE, before: file(1), after: file(2) }] },
    (path) =>
      Promise.resolve(path.startsWith(PATHS.state) ? { id: 1, ...roomy, ...state } : { id: 2, ...roomy, ...zones }),
  );
}

test("a change that has room, with the way back, goes on", async () => {
  await expect(change({ free: 19.1 * MIB }, { free: 19.1 * MIB })).resolves.toBeUndefined();
});

test("a full disk of the state, or of the files, is named with what is free and needed", async () => {
  await expect(change({ free: 19 * MIB }, {})).rejects.toThrow(
    `the disk of ${PATHS.state} is too full: 19.0 MiB are free, 19.0 MiB are needed`,
  );
  await expect(change({}, { free: 2 * MIB })).rejects.toThrow(
    `the disk of ${PATHS.zones} is too full: 2.0 MiB are free, 19.0 MiB are needed`,
  );
});

test("both on one disk need the sum", async () => {
  await expect(change({ free: 20 * MIB }, { id: 1, free: 20 * MIB })).rejects.toThrow("22.0 MiB are needed");
});

test("a disk that has bytes but no room for names is full", async () => {
  await expect(change({}, { freeFiles: 1 })).rejects.toThrow(
    `the disk of ${PATHS.zones} has room for 1 more files, 2 are needed (inodes)`,
  );
});

test("what is removed needs its room for the way back only", async () => {
  const changes = [{ path: ZONE, before: file(1), after: ABSENT }];
  const disk = { id: 1, free: 18.1 * MIB, freeFiles: Infinity };
  const check = checkRoom(host, { wanted: new Map(), changes }, () => Promise.resolve(disk));
  await expect(check).resolves.toBeUndefined();
});

test("folders that are not there yet are on the disk of the one above", async () => {
  const path = "/tmp/not/there/yet/file";
  const check = checkRoom(host, { wanted: new Map(), changes: [{ path, before: ABSENT, after: file(0) }] });
  await expect(check).resolves.toBeUndefined();
});
