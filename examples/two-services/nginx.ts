import * as command from "@pulumi/command";
import type { HostPreparation } from "pulumi-anycast";

// To be run again does no harm.
const script = `set -e
export DEBIAN_FRONTEND=noninteractive
dpkg -s nginx >/dev/null 2>&1 || { apt-get -q update && apt-get -q -o DPkg::Lock::Timeout=300 install --yes nginx; }
echo ok > /var/www/html/health
systemctl enable --now nginx
`;

/** Installs nginx on a site's host: it has to answer before the site announces. */
export const nginx: HostPreparation = (name, { connection, sudo, identity }, opts) => [
  new command.remote.Command(
    `${name}-nginx`,
    { connection, create: `${sudo}sh -c '${script}'`, triggers: [...identity] },
    opts,
  ),
];
