import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { impatient, pathSource, testResource, textAsset } from "./test-provider.ts";
import { prepareSshd, type TestSshd } from "./test-sshd.ts";
import type { WireObject } from "./wire.ts";

let sshd: TestSshd;
let folder: string;

beforeAll(async () => {
  sshd = await prepareSshd();
  await sshd.start();
  folder = await mkdtemp(join(tmpdir(), "anycast-copy-"));
  await mkdir(join(folder, "site", "zones", "empty"), { recursive: true });
  await writeFile(join(folder, "site", "a.conf"), "a\n");
  await writeFile(join(folder, "site", "zones", "z.zone"), "z\n");
  await symlink("a.conf", join(folder, "site", "link"));
  await writeFile(join(folder, "large"), "x".repeat(1_000_000));
  await writeFile(join(folder, "empty"), "");
});
beforeEach(() => onHost("rm -rf /srv/* && mkdir -p /srv/there && echo old > /srv/file"));
afterAll(async () => {
  await sshd.remove();
  await rm(folder, { recursive: true });
});

function copy() {
  return testResource("remote:CopyToRemote", { connection: impatient(sshd.connection) });
}

async function onHost(create: string): Promise<unknown> {
  const state = await testResource("remote:Command", { connection: sshd.connection }).create({ create });
  return state["stdout"];
}

const file = (name: string, hash = "h") => pathSource("asset", join(folder, name), hash);
const archive = (name: string) => pathSource("archive", `${folder}/${name}`, "h");
const tree = ["a.conf: a", "link: a", "zones/z.zone: z"];

/** The files below a folder of the host and what is in them. */
async function files(root: string): Promise<string[]> {
  const listing = await onHost(`cd ${root} && find . -type f | sort | while read f; do echo "$f: $(cat "$f")"; done`);
  return (listing as string).split("\n").map((line) => line.replace(/^\.\//, ""));
}

describe("a file", () => {
  test.each([
    ["becomes remotePath, with its folders", "/srv/new/deep/name", "/srv/new/deep/name"],
    ["goes into an existing folder", "/srv/there", "/srv/there/a.conf"],
    ["replaces a file", "/srv/file", "/srv/file"],
  ])("%s", async (_name, remotePath, path) => {
    await copy().create({ source: file("site/a.conf"), remotePath });
    expect(await onHost(`cat ${path}; stat -c %a ${path}`)).toBe("a\n644");
  });

  test.each([["large"], ["empty"]])("can be %s", async (name) => {
    await copy().create({ source: file(name), remotePath: "/srv/copy" });
    expect(await onHost("wc -c < /srv/copy")).toBe(name === "large" ? "1000000" : "0");
  });

  test("that is an archive stays packed", async () => {
    await copy().create({ source: archive("site/a.conf"), remotePath: "/srv/a.tgz" });
    expect(await onHost("cat /srv/a.tgz")).toBe("a");
  });
});

describe("a text", () => {
  test("becomes remotePath, with its folders", async () => {
    await copy().create({ source: textAsset("täxt\n"), remotePath: "/srv/new/text" });
    expect(await onHost("cat /srv/new/text")).toBe("täxt");
  });

  test("cannot become a folder", async () => {
    const failed = copy().create({ source: textAsset("t"), remotePath: "/srv/there" });
    await expect(failed).rejects.toThrow("remote path /srv/there is a directory; when using a text asset");
  });
});

describe("a folder", () => {
  test.each([
    ["goes into an existing folder", "site", "/srv/there", "/srv/there/site"],
    ["goes into a new folder", "site", "/srv/new/deep", "/srv/new/deep/site"],
    ["with a slash: its content goes into an existing folder", "site/", "/srv/there", "/srv/there"],
    ["with a slash: its content goes into a new folder", "site/", "/srv/new", "/srv/new"],
  ])("%s", async (_name, source, remotePath, path) => {
    await copy().create({ source: archive(source), remotePath });
    expect(await files(path)).toEqual(tree);
    expect(await onHost(`ls ${path}/zones`)).toBe("empty\nz.zone");
  });

  test("overwrites the files of an earlier copy and leaves others", async () => {
    await onHost("mkdir -p /srv/there/zones && echo 1 > /srv/there/zones/z.zone && echo 2 > /srv/there/b");
    await copy().create({ source: archive("site/"), remotePath: "/srv/there" });
    expect(await files("/srv/there")).toEqual(["a.conf: a", "b: 2", "link: a", "zones/z.zone: z"]);
  });

  test.each([["site"], ["site/"]])("cannot replace a file: %s", async (source) => {
    const failed = copy().create({ source: archive(source), remotePath: "/srv/file" });
    await expect(failed).rejects.toThrow(/\/srv\/file/);
    expect(await onHost("cat /srv/file")).toBe("old");
  });
});

describe("a changed copy", () => {
  test.each([
    ["whose content changed is copied", { source: textAsset("new"), remotePath: "/srv/file" }, "new"],
    ["whose place changed is copied", { source: textAsset("t"), remotePath: "/srv/there/x" }, "old t"],
    [
      "of which only the connection changed is not",
      { source: textAsset("t"), remotePath: "/srv/file", connection: { port: 1 } },
      "old",
    ],
  ])("%s", async (_name, { connection, ...inputs }: WireObject, expected) => {
    const change = impatient({ ...sshd.connection, ...(connection as WireObject | undefined) });
    const { text: _, ...source } = textAsset("t");
    const state = { source, remotePath: "/srv/file", connection: impatient(sshd.connection) };
    await copy().update(state, { ...inputs, connection: change });
    expect(await onHost("echo $(cat /srv/file /srv/there/x 2>/dev/null)")).toBe(expected);
  });

  test("of a folder is copied again", async () => {
    const { path: _, ...source } = archive("site");
    const state = { source: { ...source, hash: "old" }, remotePath: "/srv/there" };
    await copy().update(state, { source: archive("site/"), remotePath: "/srv/there" });
    expect(await files("/srv/there")).toEqual(tree);
  });

  test("that is deleted stays on the host, and needs none", async () => {
    const inputs = { source: textAsset("t"), remotePath: "/srv/file" };
    await copy().delete({ ...inputs, connection: impatient({ ...sshd.connection, port: 1 }) });
    expect(await onHost("cat /srv/file")).toBe("old");
  });
});

test.each([
  ["a local file that is missing", () => file("missing"), "/srv/x", /ENOENT.*missing/],
  ["a folder that is a file", () => file("large"), "/srv/file/x", /create remote directory \/srv\/file: it is a file/],
  ["a place that cannot be written", () => file("large"), "/proc/x", /copy file .*large to remote path \/proc\/x/],
  ["an archive of assets", () => ({ ...archive("site"), path: "" }), "/srv/x", /must be a FileAsset, a StringAsset or/],
])("%s is an error", async (_name, source, remotePath, message) => {
  await expect(copy().create({ source: source(), remotePath })).rejects.toThrow(message);
});
