import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readyScript, renderUserData, USER_DATA_LIMIT, type FirstContact } from "./cloud-init.ts";

const contact: FirstContact = {
  site: "ams",
  hostKey: {
    private: "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----",
    public: "ssh-ed25519 AAAA",
  },
  authorizedKeys: ["ssh-ed25519 BBBB alice", "ssh-ed25519 CCCC", "ssh-ed25519 BBBB alice\n"],
  privateNeighbors: [],
};

test("user data: whatever changes here replaces every host at a cloud", async () => {
  await expect(renderUserData(contact)).toMatchFileSnapshot("../test/golden/user-data/vultr.yaml");
  await expect(
    renderUserData({ ...contact, privateNeighbors: ["169.254.255.1", "169.254.255.2"] }),
  ).toMatchFileSnapshot("../test/golden/user-data/equinix-metal.yaml");
});

test("user data that no provider takes is refused", () => {
  const authorizedKeys = Array.from({ length: 40 }, (_, index) => `ssh-rsa ${"A".repeat(370)}${index}`);
  expect(() => renderUserData({ ...contact, authorizedKeys })).toThrow(
    /user data of site ams is \d+ bytes long as base64, and providers take 16384: name fewer keys in management.sshKeys/,
  );
  expect(renderUserData({ ...contact, authorizedKeys: authorizedKeys.slice(0, 20) }).length).toBeLessThan(
    USER_DATA_LIMIT,
  );
});

test("nobody logs in with a password, and no key but the given one is the host's", () => {
  const config = JSON.parse(renderUserData(contact).split("\n").slice(2).join("\n")) as Record<string, unknown>;
  expect(config).toMatchObject({ ssh_pwauth: false, disable_root: true, ssh_deletekeys: true });
  expect(config["users"]).toMatchObject([{ name: "anycast", lock_passwd: true }]);
});

/** Runs the readiness check with a `cloud-init` and a `sudo` that behave as told. */
function ready(commands: Record<string, string>): { status: number; stdout: string; stderr: string } {
  const folder = mkdtempSync(join(tmpdir(), "anycast-ready-"));
  try {
    for (const [name, body] of Object.entries(commands))
      writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    const script = readyScript("ams", "Vultr")
      .replaceAll("/var/log/cloud-init-output.log", join(folder, "log"))
      .replaceAll("/run/cloud-init/result.json", join(folder, "result"));
    try {
      const stdout = execFileSync("/bin/sh", ["-s"], {
        input: script,
        encoding: "utf8",
        env: { PATH: `${folder}:/usr/bin:/bin` },
        stdio: ["pipe", "pipe", "pipe"],
      });
      return { status: 0, stdout, stderr: "" };
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
      return { status, stdout, stderr: stderr.replaceAll(folder, "") };
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("a host is ready when cloud-init is done and sudo works", () => {
  expect(ready({ "cloud-init": "echo 'status: done'", sudo: "exit 0" })).toMatchObject({
    status: 0,
    stdout: "ready\n",
  });
});

test("a failed first boot is told with the last lines of its log", () => {
  const result = `printf '{\n "v1": {\n  "errors": ["runcmd failed"]\n }\n}' > "$(dirname "$0")/result"`;
  const log = `${result}; (seq 1 30 | sed 's/^/line /'; echo 'ci-info: no cause') > "$(dirname "$0")/log"`;
  const { status, stderr } = ready({ "cloud-init": `${log}; echo 'status: error'; exit 1`, sudo: "exit 0" });
  expect(status).toBe(1);
  expect(stderr.split("\n")).toEqual([
    "site ams (Vultr): cloud-init ended in state 'error'",
    "What it recorded:",
    '{ "v1": { "errors": ["runcmd failed"] }}',
    "The last lines of its /log:",
    ...Array.from({ length: 20 }, (_, index) => `line ${index + 11}`),
    "",
  ]);
});

test("a user without sudo is told", () => {
  expect(ready({ "cloud-init": "echo 'status: done'", sudo: "exit 1" }).stderr).toBe(
    "site ams (Vultr): user anycast cannot use sudo without a password\n",
  );
});
