import { PACKAGES } from "../../model/packages.ts";
import { AgentError } from "../error.ts";
import { said, type Finished } from "../exec.ts";
import type { Host } from "./host.ts";
import { filesOf } from "./package-files.ts";
import { DPKG, WITHOUT_STARTS } from "./package-scripts.ts";
import type { Former } from "./packages.ts";

/** Seconds that apt or dpkg may take: the download, the scripts of the packages. Its children end with it. */
const LIMIT = 540;

/** Milliseconds for that, and for others that hold the lock before it. */
const PATIENCE = (LIMIT + 360) * 1000;

/** The beginning of a command that takes long; what it starts ends with it. */
export const LIMITED = `timeout --kill-after=10 ${LIMIT}`;

/** What dpkg knows of a package. */
interface PackageState {
  readonly version: string;
  /** As in `installed`, `half-configured` or `config-files`. */
  readonly status: string;
  /** As in `install` or `hold`. */
  readonly want: string;
}

async function states(host: Host, names: readonly string[]): Promise<Map<string, PackageState>> {
  if (names.length === 0) return new Map();
  const format = "--showformat=${Package} ${db:Status-Status} ${db:Status-Want} ${Version}\\n";
  const { stdout } = await host.run(["dpkg-query", "--show", format, ...names]);
  const lines = stdout.split("\n").map((line) => line.split(" "));
  return new Map(
    lines.flatMap(([name = "", status = "", want = "", version = ""]) =>
      name === "" ? [] : [[name, { version, status, want }]],
    ),
  );
}

/** The versions of packages that are installed whole. */
export async function installedVersions(host: Host, names: readonly string[]): Promise<Map<string, string>> {
  const known = [...(await states(host, names))];
  return new Map(known.flatMap(([name, { version, status }]) => (status === "installed" ? [[name, version]] : [])));
}

/** Brings packages back to the versions that they had, from what is kept on the host. Can be repeated, also after a crash in the middle. */
export async function restorePackages(host: Host, packages: readonly Former[]): Promise<void> {
  const known = await states(
    host,
    packages.map(({ name }) => name),
  );
  const other = packages.filter((each) => !isAs(each, known.get(each.name)));
  const former = other.filter(({ version }) => version !== undefined);
  const added = other.filter(({ version }) => version === undefined).map(({ name }) => name);
  if (other.length > 0) host.log(`putting packages back: ${other.map(({ name }) => name).join(", ")}`);
  const dpkg = (action: string, args: readonly string[]): Promise<Finished> =>
    shell(host, `${WITHOUT_STARTS}${DPKG}unlocked ${LIMITED} dpkg --force-confold ${action} "$@"`, args);
  // By dpkg itself: after a crash apt would first end what was begun.
  if (former.length > 0) succeeded(await dpkg("--install", await filesOf(host, former)));
  if (added.length > 0) succeeded(await dpkg("--purge", added));
  await holdOurs(host, packages);
}

/** Whether a package is as it was, and nothing of it half-done. */
function isAs({ version }: Former, now: PackageState | undefined): boolean {
  if (version === undefined) return now === undefined || ["not-installed", "config-files"].includes(now.status);
  return now?.status === "installed" && now.version === version;
}

/** Holds those of packages that are ours: to install a version lets go of its package. */
export async function holdOurs(host: Host, packages: readonly Former[]): Promise<void> {
  const ours = packages.map(({ name }) => name).filter((name) => (PACKAGES as readonly string[]).includes(name));
  const free = [...(await states(host, ours))].filter(
    ([, { status, want }]) => status === "installed" && want !== "hold",
  );
  if (free.length > 0)
    succeeded(
      await shell(
        host,
        `${DPKG}hold "$@"`,
        free.map(([name]) => name),
      ),
    );
}

/** Lets go of what {@link DPKG} holds for us. */
export async function releasePackages(host: Host): Promise<void> {
  const ours = [...(await installedVersions(host, PACKAGES)).keys()];
  if (ours.length > 0) succeeded(await shell(host, `${DPKG}release "$@"`, ours));
}

/** Runs a script in which packages change. */
export function shell(host: Host, script: string, args: readonly string[]): Promise<Finished> {
  return host.run(["sh", "-c", `export LC_ALL=C\n${script}`, "sh", ...args], { timeout: PATIENCE });
}

/** @throws AgentError with the words of apt or dpkg, when a command failed */
export function succeeded(finished: Finished): Finished {
  if (finished.status === 0) return finished;
  const [, unmet = ""] = /unmet dependencies:\n((?: .*\n?)+)/.exec(finished.stdout) ?? [];
  const reasons = unmet.split("\n").map((line) => line.trim().replaceAll(/\s+/g, " "));
  throw new AgentError(
    ["apt: ", said(finished), ...reasons.filter((reason) => reason !== "").map((r) => `; ${r}`)].join(""),
  );
}
