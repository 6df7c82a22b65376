import type { SFTPWrapper } from "ssh2";
import type { Ssh } from "./dial.ts";

/** The operations of SFTP that a copy needs. Paths are the host's; errors name them. */
export interface Sftp {
  /** What is there; `undefined` if nothing is. */
  kind: (path: string) => Promise<"directory" | "file" | undefined>;
  makeDirectory: (path: string) => Promise<void>;
  /** Writes a file, new or over an old one. */
  writeText: (path: string, text: string) => Promise<void>;
  /** Copies a local file, new or over an old one. */
  put: (localPath: string, path: string) => Promise<void>;
}

/** SSH_FX_NO_SUCH_FILE of the SFTP protocol. */
const noSuchFile = 2;

/** Starts SFTP on a connection. */
export async function openSftp({ client }: Ssh): Promise<Sftp> {
  const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
    client.sftp((error, opened) => (error ? reject(error) : resolve(opened)));
  });
  return {
    kind: (path) =>
      new Promise((resolve, reject) => {
        sftp.stat(path, (error: (Error & { code?: number }) | undefined, stats) => {
          if (error?.code === noSuchFile) resolve(undefined);
          else if (error) reject(failed(`stat remote path ${path}`, error));
          else resolve(stats.isDirectory() ? "directory" : "file");
        });
      }),
    makeDirectory: (path) => done(`create remote directory ${path}`, (callback) => sftp.mkdir(path, callback)),
    writeText: (path, text) => done(`create remote file ${path}`, (callback) => sftp.writeFile(path, text, callback)),
    put: (localPath, path) =>
      done(`copy file ${localPath} to remote path ${path}`, (callback) => sftp.fastPut(localPath, path, callback)),
  };
}

function done(what: string, call: (callback: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => (error ? reject(failed(what, error)) : resolve()));
  });
}

function failed(what: string, cause: Error): Error {
  return new Error(`failed to ${what}: ${cause.message}`, { cause });
}
