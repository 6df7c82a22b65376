import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { downloadPulumi, publishedChecksum } from "./pulumi-download.ts";

/** Holds the programs on PATH (`bin`), what the stand-in for the servers has (`served`), and the folder to work in (`work`). */
let base: string;
const archive = `pulumi-v3.250.0-linux-${process.arch}.tar.gz`;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "download-"));
  for (const folder of ["bin", "served", "work", "pulumi"]) await mkdir(join(base, folder));
  // Serves a file of the name at the end of the address, the last argument, to the one after --output.
  const curl = `#!/bin/sh\nfor url; do [ "$last" = --output ] && to=$url; last=$url; done\nexec cp "${base}/served/\${url##*/}" "$to"\n`;
  await writeFile(join(base, "bin", "curl"), curl);
  await chmod(join(base, "bin", "curl"), 0o755);
  vi.stubEnv("PATH", `${join(base, "bin")}:${process.env["PATH"]}`);

  await writeFile(join(base, "pulumi", "pulumi"), "the program");
  await execa("tar", ["--create", "--gzip", `--file=served/${archive}`, "pulumi"], { cwd: base });
  const { stdout } = await execa("sha256sum", [archive], { cwd: join(base, "served") });
  await writeFile(join(base, "served", "pulumi-3.250.0-checksums.txt"), `${stdout}\n`);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(base, { recursive: true });
});

const download = () => downloadPulumi("3.250.0", join(base, "work"), () => undefined);

test("unpacks a release that has the published checksum", async () => {
  expect(await download()).toBe(join(base, "work", "pulumi"));
  expect(await readFile(join(base, "work", "pulumi", "pulumi"), "utf8")).toBe("the program");
});

test("refuses a release that has another checksum, and does not unpack it", async () => {
  await writeFile(join(base, "served", archive), "something else");
  await expect(download()).rejects.toThrow("does not have the SHA-256 checksum");
  await expect(readFile(join(base, "work", "pulumi", "pulumi"))).rejects.toThrow("ENOENT");
});

test.each([archive, "pulumi-3.250.0-checksums.txt"])("nothing is taken when %s cannot be had", async (file) => {
  await rm(join(base, "served", file));
  expect(await download()).toBeUndefined();
});

const list = "aaa  pulumi-v3.250.0-linux-arm64.tar.gz\nbbb *pulumi-v3.250.0-linux-x64.tar.gz\n";

test("the checksum of a file, in text and binary mode; none of a file that is not in the list", () => {
  expect(publishedChecksum(list, "pulumi-v3.250.0-linux-arm64.tar.gz")).toBe("aaa");
  expect(publishedChecksum(list, "pulumi-v3.250.0-linux-x64.tar.gz")).toBe("bbb");
  expect(publishedChecksum(list, "pulumi-v3.250.0-linux-riscv64.tar.gz")).toBeUndefined();
});
