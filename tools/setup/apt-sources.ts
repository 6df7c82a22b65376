import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

/** One archive that a machine's apt is configured to use. */
export interface AptSource {
  /** Base address, for example `http://mirror.example/debian`, without a trailing slash. */
  uri: string;
  /** Suite, for example `bookworm` or `bookworm-security`. */
  suite: string;
  /** Components, for example `main`. */
  components: string[];
}

/** What this machine's apt is configured to use: `sources.list` and `sources.list.d/*` in `folder`, by default `/etc/apt`. */
export async function machineAptSources(folder = "/etc/apt"): Promise<AptSource[]> {
  const parts = join(folder, "sources.list.d");
  const names: string[] = (await readdir(parts).catch(() => [])).toSorted((a, b) => (a < b ? -1 : 1));
  const files = [join(folder, "sources.list"), ...names.map((name) => join(parts, name))];
  const found = files.map(async (file) => {
    const format = file.endsWith(".list") ? "list" : file.endsWith(".sources") ? "sources" : undefined;
    return format === undefined ? [] : parseAptSources(await readFile(file, "utf8").catch(() => ""), format);
  });
  return (await Promise.all(found)).flat();
}

/**
 * The binary archives (`deb`) named in one file of `/etc/apt`, in its order.
 * Entries that are disabled and such that are not for binaries are left out.
 *
 * @param text content of the file
 * @param format `list` for one-line entries (`*.list`), `sources` for deb822 stanzas (`*.sources`)
 * @see sources.list(5)
 */
export function parseAptSources(text: string, format: "list" | "sources"): AptSource[] {
  return format === "list" ? parseOneLine(text) : parseDeb822(text);
}

function parseOneLine(text: string): AptSource[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (!match) return [];
    const [, uri = "", suite = "", components = ""] = match;
    return [{ uri: trimSlash(uri), suite, components: words(components) }];
  });
}

function parseDeb822(text: string): AptSource[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = deb822Fields(stanza);
    if (!words(fields.get("types")).includes("deb")) return [];
    if (/^(no|false|0|off|disable|without)$/i.test(fields.get("enabled") ?? "yes")) return [];
    const components = words(fields.get("components"));
    return words(fields.get("uris")).flatMap((uri) =>
      words(fields.get("suites")).map((suite) => ({ uri: trimSlash(uri), suite, components })),
    );
  });
}

function deb822Fields(stanza: string): Map<string, string> {
  const fields = new Map<string, string>();
  let current = "";
  for (const line of stanza.split("\n").filter((each) => !each.startsWith("#"))) {
    const field = /^([^\s:]+):(.*)$/.exec(line);
    if (field) current = (field[1] ?? "").toLowerCase();
    fields.set(current, `${fields.get(current) ?? ""} ${(field ? (field[2] ?? "") : line).trim()}`.trim());
  }
  return fields;
}

/**
 * The `deb` lines from which a tree of the given Debian release is made: the machine's own mirror (and security mirror)
 * when its archives are Debian's, else none: mmdebstrap then takes Debian's own.
 * The mirror of another Debian release serves as well, as a mirror carries all releases that are supported.
 *
 * @param sources what the machine's apt is configured to use
 * @param machine `ID` of the machine's os-release, such as `debian` or `ubuntu`
 * @param release code name, for example `bookworm`
 */
export function debianArchiveLines(sources: AptSource[], machine: string, release: string): string[] {
  const usable =
    machine === "debian"
      ? sources.filter(({ uri, components }) => /^https?:/.test(uri) && components.includes("main"))
      : [];
  // Others' archives have suites of the same names, but no updates of a release, and seldom such a path.
  const releases = usable.filter(({ suite }) => /^[a-z]+$/.test(suite));
  const hasUpdates = (each: AptSource) =>
    usable.some(({ uri, suite }) => uri === each.uri && suite === `${each.suite}-updates`);
  const mirror = (releases.find(hasUpdates) ?? releases.find(({ uri }) => uri.endsWith("/debian")))?.uri;
  const security = usable.find(({ suite }) => suite.endsWith("-security"))?.uri;
  if (mirror === undefined) return [];
  return [
    `deb ${mirror} ${release} main`,
    ...(security === undefined ? [] : [`deb ${security} ${release}-security main`]),
  ];
}

function words(text = ""): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

function trimSlash(uri: string): string {
  return uri.replace(/\/+$/, "");
}
