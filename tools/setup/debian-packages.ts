import { execa } from "execa";
import { runCommand } from "./command.ts";
import type { Step } from "./step.ts";

/**
 * What the set-up and the lab use on the machine itself. None of these starts a daemon; whatever a host of the lab runs is in
 * its image and is run from there.
 */
const packages = [
  "ca-certificates",
  "curl",
  "debian-archive-keyring", // for machines that are not Debian themselves
  "iproute2",
  "mmdebstrap",
  "python3-venv",
  "systemd-container",
];

/** The Debian packages that the set-up and the lab use on the machine itself. */
export const debianPackages: Step = {
  title: "Debian packages",
  needed: async () => (await missing()).length > 0,
  async run(progress) {
    const env = { DEBIAN_FRONTEND: "noninteractive", NEEDRESTART_SUSPEND: "1" };
    // A fresh cloud machine is often still busy with its own first upgrade.
    const wait = ["-o", "DPkg::Lock::Timeout=300"];
    await runCommand("apt-get", [...wait, "update"], { progress, env });
    const install = [...wait, "install", "--yes", "--no-install-recommends", ...(await missing())];
    await runCommand("apt-get", install, { progress, env });
    return undefined;
  },
};

async function missing(): Promise<string[]> {
  const format = "--showformat=${Package} ${db:Status-Status}\n";
  const { stdout } = await execa("dpkg-query", ["--show", format, ...packages], { reject: false });
  return missingPackages(packages, stdout);
}

/**
 * Those of `wanted` that are not installed.
 *
 * @param listing a line a package: its name and its state, as of `dpkg-query --showformat='${Package} ${db:Status-Status}\n'`
 */
export function missingPackages(wanted: string[], listing: string): string[] {
  const lines = new Set(listing.split("\n"));
  return wanted.filter((name) => !lines.has(`${name} installed`));
}
