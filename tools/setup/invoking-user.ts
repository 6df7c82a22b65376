/** Owner of what is left behind in the home folder: whoever called `sudo`; empty when `sudo` was not used. */
export interface InvokingUser {
  /** Numeric user id. */
  uid?: number;
  /** Numeric group id. */
  gid?: number;
}

/** The person who called `sudo`, so that the work which needs no root leaves no files of root's in their home folder. */
export function invokingUser(): InvokingUser {
  const [uid, gid] = [Number(process.env["SUDO_UID"]), Number(process.env["SUDO_GID"])];
  return process.getuid?.() === 0 && uid > 0 && gid > 0 ? { uid, gid } : {};
}
