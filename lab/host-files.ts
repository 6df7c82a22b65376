import { interfaceLines } from "./node-config.ts";
import type { Node } from "./topology.ts";

/** A file of a host, as it is laid in before the first boot. */
export interface HostFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

/**
 * Gives the host the network that a machine has after power-on. The lab's namespace outlives a reboot of the host, so whatever
 * the host had made of it goes first.
 */
const NETWORK_SCRIPT = `#!/bin/sh
nft flush ruleset
for path in /sys/class/net/*; do
  link=\${path##*/}
  case $link in lo | eth0 | mgmt0) ip address flush dev "$link" scope global ;; *) ip link delete "$link" ;; esac
done
ip -4 route flush table main
ip -6 route flush table main
ip -batch /etc/lab/network.batch
`;

const NETWORK_UNIT = `[Unit]
Description=Network, as the lab's provider gives it
DefaultDependencies=no
Before=network-pre.target network.target shutdown.target
Wants=network-pre.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh /etc/lab/network.sh

[Install]
WantedBy=sysinit.target
`;

/** Of the keys that Debian would make, the one that is pinned. */
const SSHD = `HostKey /etc/ssh/ssh_host_ed25519_key
UseDNS no
PasswordAuthentication no
`;

/** A file of a host, by its path without the first slash. Mode 0644 if unset. */
export function file(path: string, content: string, mode = 0o644): HostFile {
  return { path, content, mode };
}

/**
 * What a fresh host has beside the base image, but for its SSH host key: what cloud-init would have written.
 *
 * @param access the key that may log in as root, or the files by which cloud-init gives access itself
 */
export function hostFiles(site: string, node: Node, access: string | readonly HostFile[]): HostFile[] {
  const network = [
    ...node.interfaces.flatMap(interfaceLines),
    ...node.gateways.map((gateway) => `route replace default via ${gateway}`),
  ];
  return [
    file("etc/hostname", `${site}\n`),
    file("etc/hosts", `127.0.0.1 localhost\n127.0.1.1 ${site}\n::1 localhost ip6-localhost ip6-loopback\n`),
    file("etc/resolv.conf", ""),
    file("etc/ssh/sshd_config.d/lab.conf", SSHD),
    ...(typeof access === "string" ? [file("root/.ssh/authorized_keys", access, 0o600)] : access),
    file("etc/lab/network.sh", NETWORK_SCRIPT, 0o755),
    file("etc/lab/network.batch", `${network.join("\n")}\n`),
    file("etc/systemd/system/lab-network.service", NETWORK_UNIT),
  ];
}
