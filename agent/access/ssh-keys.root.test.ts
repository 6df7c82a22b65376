import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fingerprint, keyIn, sshKeysResultSchema, type SshKeysResult } from "../../model/ssh-keys.ts";
import { sshKey } from "../../test/ssh-key.ts";
import type { Finished } from "../exec.ts";
import { SiteHost, until } from "../testing/site-host.ts";

/** Whose keys they are. */
const KEYS = { stack: sshKey(), ann: sshKey(), ben: sshKey(), provider: sshKey() };
type Person = keyof typeof KEYS;

const PORT = "2222";

let host: SiteHost;

beforeAll(async () => {
  host = await SiteHost.create();
  for (const user of ["anycast", "debian", "carl"]) must(await host.exec("useradd", "--create-home", user));
  for (const [person, key] of Object.entries(KEYS))
    await writeFile(host.path(`/srv/${person}`), key.private, { mode: 0o600 });
  // Not that of Debian's unit, which is masked here.
  must(await host.exec("mkdir", "-p", "/run/sshd"));
  must(await host.exec("ssh-keygen", "-A"));
  must(await host.exec("/usr/sbin/sshd", "-p", PORT));
  await until("sshd listens", async () => (await host.exec("ss", "-ltn")).stdout.includes(`:${PORT} `));
});

afterAll(() => host?.dispose());

function must(finished: Finished): Finished {
  if (finished.status !== 0) throw new Error(`${finished.stdout}${finished.stderr}`);
  return finished;
}

async function give(user: string, only: boolean, people: readonly Person[]): Promise<Finished> {
  const keys = people.map((person) => KEYS[person].public);
  return host.execWith(JSON.stringify({ format: 1, user, only, keys }), "node", host.bundle, "ssh-keys");
}

async function given(user: string, only: boolean, people: readonly Person[]): Promise<SshKeysResult> {
  return sshKeysResultSchema.parse(JSON.parse(must(await give(user, only, people)).stdout));
}

/** Puts lines into a file as somebody else would, with the mode that sshd wants. */
async function put(user: string, path: string, people: readonly Person[]): Promise<void> {
  const text = people.map((person) => `${KEYS[person].public} ${person}\n`).join("");
  const script = `install -d -o ${user} -g ${user} -m 700 $(dirname ${path}); cat > ${path}; chown ${user}: ${path}; chmod 600 ${path}`;
  must(await host.execWith(text, "sh", "-ec", script));
}

/** Who can log in as a user. */
async function letIn(user: string): Promise<string[]> {
  const options = ["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "IdentitiesOnly=yes", "-p", PORT];
  const people = Object.keys(KEYS);
  const logins = await Promise.all(
    people.map((person) => host.exec("ssh", ...options, "-i", `/srv/${person}`, `${user}@127.0.0.1`, "true")),
  );
  return people.filter((_, index) => logins[index]?.status === 0);
}

test("a host that was made for the stack lets in its keys alone, and a revoked one no more, wherever it stands", async () => {
  await put("anycast", "~anycast/.ssh/authorized_keys", ["ann", "provider"]);
  await put("root", "~root/.ssh/authorized_keys", ["ann", "provider"]);
  expect(await given("anycast", true, ["stack", "ann"])).toEqual({
    changed: ["/home/anycast/.ssh/authorized_keys"],
    warnings: [],
  });
  expect(await letIn("anycast")).toEqual(["stack", "ann"]);
  expect(await given("anycast", true, ["stack", "ann"])).toEqual({ changed: [], warnings: [] });

  expect((await given("anycast", true, ["stack", "ben"])).changed).toEqual([
    "/home/anycast/.ssh/authorized_keys",
    "/root/.ssh/authorized_keys",
  ]);
  expect(await letIn("anycast")).toEqual(["stack", "ben"]);
  expect(await letIn("root")).toEqual(["provider"]);
  const mode = await host.exec("stat", "-c", "%U %a", "/home/anycast/.ssh/authorized_keys");
  expect(mode.stdout).toBe("anycast 600");
  // The next run takes out again what somebody puts back.
  await put("anycast", "~anycast/.ssh/authorized_keys2", ["ann"]);
  expect(await letIn("anycast")).toEqual(["stack", "ann", "ben"]);
  await given("anycast", true, ["stack", "ben"]);
  expect(await letIn("anycast")).toEqual(["stack", "ben"]);
});

test("a host of somebody else's keeps its own keys, and other users' files are only looked at", async () => {
  await put("debian", "~debian/.ssh/authorized_keys", ["provider"]);
  await put("carl", "~carl/.ssh/authorized_keys", ["ben"]);
  await given("debian", false, ["stack", "ben"]);
  expect(await letIn("debian")).toEqual(["stack", "ben", "provider"]);
  const { changed, warnings } = await given("debian", false, ["stack"]);
  expect(changed).toContain("/home/debian/.ssh/authorized_keys");
  expect(await letIn("debian")).toEqual(["stack", "provider"]);
  expect(await letIn("carl")).toEqual(["ben"]);
  const key = fingerprint(keyIn(KEYS.ben.public) ?? "");
  expect(warnings).toEqual([
    `user 'carl' still lets in the revoked key ${key}: remove it from /home/carl/.ssh/authorized_keys`,
  ]);
});

test("where sshd reads other files, these are changed", async () => {
  const conf = "/etc/ssh/sshd_config.d/keys.conf";
  await writeFile(host.path(conf), "AuthorizedKeysFile /etc/ssh/keys/%u\n");
  expect((await given("debian", false, ["stack", "ann"])).changed).toEqual(["/etc/ssh/keys/debian"]);
  await host.exec("rm", conf);
});

test("keys that would let nobody in, or that OpenSSH does not read, change nothing", async () => {
  const before = (await host.exec("sha256sum", "/home/anycast/.ssh/authorized_keys")).stdout;
  const none = await give("anycast", true, []);
  expect(none.status).toBe(1);
  expect(none.stderr).toBe(
    "anycast-agent: nobody could log in as 'anycast' any more: there is no key. Nothing was changed",
  );
  const keys = [`ssh-ed25519 ${KEYS.ann.public.split(" ")[1]?.slice(0, -8)}`];
  const order = JSON.stringify({ format: 1, user: "anycast", only: true, keys });
  const broken = await host.execWith(order, "node", host.bundle, "ssh-keys");
  expect(broken.status).toBe(1);
  expect(broken.stderr).toContain("OpenSSH of this host does not read the key 'ssh-ed25519 AAAA");
  expect((await give("nobody-here", false, ["ann"])).stderr).toContain("the host has no user 'nobody-here'");
  expect((await host.exec("sha256sum", "/home/anycast/.ssh/authorized_keys")).stdout).toBe(before);
});

test("without an answer of sshd its default is taken, and said so", async () => {
  const conf = "/etc/ssh/sshd_config.d/broken.conf";
  await writeFile(host.path(conf), "Nonsense yes\n");
  const { changed, warnings } = await given("debian", false, ["stack", "ann", "ben"]);
  expect(changed).toEqual(["/home/debian/.ssh/authorized_keys"]);
  expect(warnings.join()).toMatch(/^sshd does not say where it reads authorized keys, .*Nonsense/);
  await host.exec("rm", conf);
});
