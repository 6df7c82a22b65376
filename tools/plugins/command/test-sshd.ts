import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { baseImage } from "../../../lab/base-image.ts";
import { sshKey } from "../../../test/ssh-key.ts";
import type { WireObject } from "./wire.ts";

/** A real OpenSSH server for tests, on this machine's loopback: root's in a throwaway copy of the lab's Debian. */
export interface TestSshd {
  /** A resource's `connection` that logs in as root, with the host key pinned. */
  connection: WireObject & { host: string; port: number; privateKey: string; hostKey: string };
  /** Starts the server; resolves when it answers. */
  start: () => Promise<void>;
  /** Ends the server and all that it started, and removes its files. */
  remove: () => Promise<void>;
}

/** Runs as the first process of its own mount and process namespaces: whatever it mounts or starts ends with it. */
const script = `
  mount -t tmpfs tmpfs "$2/fs"
  mkdir "$2/fs/upper" "$2/fs/work" "$2/fs/root"
  cd "$2/fs"
  mount -t overlay -o "lowerdir=$1,upperdir=upper,workdir=work" overlay root
  mkdir -p root/run/sshd root/etc/ssh/test
  mount -t proc proc root/proc
  cp "$2/host_key" "$2/authorized_keys" "$2/sshd_config" root/etc/ssh/test
  exec chroot root /usr/sbin/sshd -D -e -f /etc/ssh/test/sshd_config`;

/** Prepares a server on a port where nothing listens until {@link TestSshd.start}. */
export async function prepareSshd(): Promise<TestSshd> {
  const base = await baseImage();
  const folder = await mkdtemp(join(tmpdir(), "anycast-sshd-"));
  const [host, port] = ["127.0.0.1", await freePort()];
  const [hostKey, userKey] = [sshKey(), sshKey()];
  const config = [
    `ListenAddress ${host}:${port}`,
    "HostKey /etc/ssh/test/host_key",
    "AuthorizedKeysFile /etc/ssh/test/authorized_keys",
    "PasswordAuthentication no",
    "PidFile none",
    "AcceptEnv GREETING PULUMI_COMMAND_STDOUT",
    "Subsystem sftp internal-sftp",
  ];
  await mkdir(join(folder, "fs"));
  await writeFile(join(folder, "host_key"), hostKey.private, { mode: 0o600 });
  await writeFile(join(folder, "authorized_keys"), `${userKey.public}\n`, { mode: 0o600 });
  await writeFile(join(folder, "sshd_config"), `${config.join("\n")}\n`);
  let server: ChildProcess | undefined;
  return {
    connection: { host, port, privateKey: userKey.private, hostKey: hostKey.public },
    start: async () => {
      const namespaces = ["--mount", "--pid", "--fork", "--kill-child"];
      server = spawn("unshare", [...namespaces, "sh", "-euc", script, "sh", base, folder], { stdio: "ignore" });
      await answering(server, host, port);
    },
    remove: async () => {
      if (server?.exitCode === null && server.kill("SIGKILL")) await once(server, "exit");
      await rm(folder, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function answering(server: ChildProcess, host: string, port: number): Promise<void> {
  for (;;) {
    if (server.exitCode !== null) throw new Error(`sshd ended with status ${server.exitCode}`);
    const socket = connect({ host, port });
    const answered = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (answered) return;
    await sleep(20);
  }
}
