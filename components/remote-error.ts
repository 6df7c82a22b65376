/** What to do about the failures of SSH that name neither host nor remedy, by the words of the `command` plugin (golang.org/x/crypto/ssh). */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /host key mismatch|no common algorithm for host key/,
    "The host has another host key than the pinned one. If it was reinstalled, pin its new key; if not, somebody else answers at this address.",
  ],
  [
    /unable to authenticate|no supported methods remain/,
    "The host accepts none of the keys offered. Check anycast:sshPrivateKey, or the keys in the SSH agent.",
  ],
  [
    /dial tcp .*(i\/o timeout|timed out|refused|no route|unreachable)/,
    "SSH does not reach the host. Check that it runs, and that its firewall admits this machine (management.from).",
  ],
  [
    /exited without exit status|connection reset|broken pipe|: EOF$/,
    "The connection was lost. What was under way finishes on the host or is rolled back there. Run 'pulumi up' again.",
  ],
];

/** How the plugin words a command that failed on the host: its status, the command in Go's quotes, all that it printed. */
const EXITED = /^Process exited with status \d+(?: from signal \w+)?: running "[^\n]*":\n([\s\S]*)$/;

/** Where a command ran, for messages. */
export interface Where {
  readonly site: string;
  /** The address of the host's SSH server; undefined while it is not known. */
  readonly address: string | undefined;
  /** What was being done there, as in `apply`. */
  readonly work: string;
}

/** Names the site and the host's address, as messages begin. */
export function hostOf({ site, address }: Where): string {
  return address === undefined ? `Site '${site}'` : `Site '${site}' (${address})`;
}

/** Puts site and address in front of a failure as the `command` plugin words it, and what to do behind it, where that is known. */
export function remoteError(where: Where, failure: string): string {
  const complaint = EXITED.exec(failure)?.[1]?.trim();
  const said = complaint === undefined || complaint === "" ? failure.trim() : complaint;
  const what = said.replace(/^anycast-agent: /, "").replace(`${where.site}: `, "");
  const remedy = complaint === undefined ? REMEDIES.find(([pattern]) => pattern.test(what))?.[1] : undefined;
  return `${hostOf(where)}: ${where.work} failed: ${what}${remedy === undefined ? "" : `. ${remedy}`}`;
}
