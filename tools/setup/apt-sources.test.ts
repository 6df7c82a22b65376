import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { debianArchiveLines, machineAptSources, parseAptSources } from "./apt-sources.ts";

test("one-line entries, with options, comments and sources that are not for binaries", () => {
  const text = [
    "# deb http://old.example/debian bullseye main",
    "deb http://mirror.example/debian/ bookworm main contrib # the near one",
    "deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] https://x.example/debian-security bookworm-security main",
    "deb-src http://mirror.example/debian bookworm main",
    "deb https://packages.example/apt ./",
  ].join("\n");
  expect(parseAptSources(text, "list")).toEqual([
    { uri: "http://mirror.example/debian", suite: "bookworm", components: ["main", "contrib"] },
    { uri: "https://x.example/debian-security", suite: "bookworm-security", components: ["main"] },
    { uri: "https://packages.example/apt", suite: "./", components: [] },
  ]);
});

test("deb822 stanzas: several suites, a continued field, disabled and source-only ones", () => {
  const text = [
    "Types: deb deb-src",
    "# http://snapshot.example/debian",
    "URIs: http://mirror.example/debian",
    "Suites: trixie",
    " trixie-updates",
    "Components: main",
    "",
    "Types: deb",
    "Enabled: no",
    "URIs: http://off.example/debian",
    "Suites: trixie",
    "Components: main",
    "",
    "Types: deb-src",
    "URIs: http://source.example/debian",
    "Suites: trixie",
    "Components: main",
  ].join("\n");
  expect(parseAptSources(text, "sources")).toEqual([
    { uri: "http://mirror.example/debian", suite: "trixie", components: ["main"] },
    { uri: "http://mirror.example/debian", suite: "trixie-updates", components: ["main"] },
  ]);
});

const main = ["main"];

test.each([
  {
    name: "a Debian machine's own mirrors, whatever its release",
    sources: [
      { uri: "http://near.example/debian", suite: "trixie", components: main },
      { uri: "http://near.example/security", suite: "trixie-security", components: main },
    ],
    machine: "debian",
    lines: ["deb http://near.example/debian bookworm main", "deb http://near.example/security bookworm-security main"],
  },
  {
    name: "a mirror without security updates",
    sources: [{ uri: "http://near.example/debian", suite: "bookworm", components: main }],
    machine: "debian",
    lines: ["deb http://near.example/debian bookworm main"],
  },
  {
    name: "archives of others beside Debian's",
    sources: [
      { uri: "https://packages.example/apt", suite: "cloud-sdk-bookworm", components: main },
      { uri: "https://deb.example/node_20.x", suite: "nodistro", components: main },
      { uri: "https://vpn.example/stable/debian", suite: "bookworm", components: main },
      { uri: "http://near.example/debian", suite: "bookworm", components: main },
      { uri: "http://near.example/debian", suite: "bookworm-updates", components: main },
    ],
    machine: "debian",
    lines: ["deb http://near.example/debian bookworm main"],
  },
  {
    name: "a machine that is not Debian",
    sources: [{ uri: "http://archive.ubuntu.com/ubuntu", suite: "noble", components: main }],
    machine: "ubuntu",
    lines: [],
  },
  { name: "no archive at all", sources: [], machine: "debian", lines: [] },
])("archives of the image: $name", ({ sources, machine, lines }) => {
  expect(debianArchiveLines(sources, machine, "bookworm")).toEqual(lines);
});

test("the machine's files are read in their order, others in the folder are not", async () => {
  const folder = await mkdtemp(join(tmpdir(), "apt-"));
  try {
    await mkdir(join(folder, "sources.list.d"));
    await writeFile(join(folder, "sources.list"), "deb http://a.example/debian bookworm main\n");
    await writeFile(join(folder, "sources.list.d", "c.list"), "deb http://c.example/debian bookworm main\n");
    await writeFile(
      join(folder, "sources.list.d", "b.sources"),
      "Types: deb\nURIs: http://b.example/debian\nSuites: bookworm\nComponents: main\n",
    );
    await writeFile(join(folder, "sources.list.d", "d.list.save"), "deb http://d.example/debian bookworm main\n");
    expect((await machineAptSources(folder)).map(({ uri }) => uri)).toEqual([
      "http://a.example/debian",
      "http://b.example/debian",
      "http://c.example/debian",
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
