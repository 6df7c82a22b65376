import { file, type HostFile } from "../host-files.ts";

/** What cloud-init is to know of a server. */
export interface Seed {
  readonly instanceId: string;
  readonly hostname: string;
  /** Exactly as the customer gave it. Undefined: none. */
  readonly userData: string | undefined;
  /** The customer's keys that the cloud lets in as root. */
  readonly rootKeys: readonly string[];
  /** Whether cloud-init is to fail, as it does on a bad image. */
  readonly broken: boolean;
}

const FOLDER = "var/lib/cloud/seed/nocloud";

/** The files by which real cloud-init sets up a simulated cloud's server (its NoCloud source); user data holds keys, so root alone reads them. */
export function seedFiles({ instanceId, hostname, userData, rootKeys, broken }: Seed): HostFile[] {
  const metaData = { "instance-id": instanceId, "local-hostname": hostname };
  const failure = broken ? { bootcmd: ["echo 'no space left on device' >&2; exit 1"] } : {};
  return [
    file(`${FOLDER}/meta-data`, JSON.stringify(metaData)),
    file(`${FOLDER}/user-data`, userData ?? "", 0o600),
    file(`${FOLDER}/vendor-data`, `#cloud-config\n${JSON.stringify(failure)}\n`),
    // There is no way from a host of the lab to a package archive.
    file("etc/apt/sources.list", ""),
    ...(rootKeys.length === 0 ? [] : [file("root/.ssh/authorized_keys", `${rootKeys.join("\n")}\n`, 0o600)]),
  ];
}
