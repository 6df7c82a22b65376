import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { HostConfig } from "../../model/schema.ts";
import { made } from "../made.ts";
import { connect } from "./connect.ts";
import type { Host, HostArgs } from "./host.ts";
import { profileNeighbors } from "../../model/neighbors.ts";

/** What `lab/host.ts up` prints. */
const labHostSchema = z.object({
  address: z.string(),
  hostKey: z.string(),
  ipv4: z.string(),
  ipv6: z.string(),
  managementFrom: z.array(z.string()),
});

/** A Debian host in the Internet on this machine (`npm run lab`). */
export function labHost(
  name: string,
  { network, site }: HostArgs,
  host: Extract<HostConfig, { provider: "lab" }>,
  opts: pulumi.CustomResourceOptions,
): Host {
  const privateKey = pulumi.secret(readLab("ssh/id_ed25519"));
  const bgpPassword = pulumi.secret(accountSchema.parse(JSON.parse(readLab("account.json"))).bgpPassword);
  const resource = new command.local.Command(
    `${name}-host`,
    {
      create: "node --import tsx lab/host.ts up",
      delete: "node --import tsx lab/host.ts remove",
      stdin: JSON.stringify({
        site: site.name,
        region: host.region,
        profile: host.profile,
        asn: network.asn,
        prefixes: network.prefixes.map(({ cidr }) => cidr),
      }),
      triggers: [site.name, host.region, host.profile],
      addPreviousOutputInEnv: false,
    },
    // Its name is its identity in the lab: there cannot be two of them for a moment.
    { ...opts, deleteBeforeReplace: true },
  );
  const told = made(resource.stdout).apply((stdout) => labHostSchema.parse(JSON.parse(stdout)));
  const families = new Set(network.prefixes.map(({ family }) => family));
  const management = told.apply(({ address, hostKey }) => ({ address, port: 22, user: "root", hostKey }));
  return {
    resource,
    management,
    user: "root",
    connection: connect(management, privateKey),
    facts: told.apply(({ ipv4, ipv6, managementFrom }) => ({
      ipv4,
      ipv6,
      neighbors: profileNeighbors(site.profile, { 4: ipv4, 6: ipv6 }, families),
      profile: site.profile,
      managementFrom,
    })),
    bgpPassword,
  };
}

const accountSchema = z.object({ bgpPassword: z.string() });

/** Reads what stands for the operator's and the provider's papers in the lab. */
export function readLab(file: string): string {
  const path = join(process.env["ANYCAST_LAB_DIR"] ?? ".lab", file);
  if (!existsSync(path))
    throw new pulumi.RunError(
      existsSync("lab/host.ts")
        ? `The lab is not up (there is no ${path}). Start it: npm run lab`
        : "Hosts with 'provider: lab' are made by the checkout of pulumi-anycast only: the package has no lab. Use another provider here (docs/library.md).",
    );
  return readFileSync(path, "utf8");
}
