import { z } from "zod";
import { duration, durationOrZero } from "./duration.ts";
import { asn, community, name, port, prefix } from "./fields.ts";
import { host, type existingHostSchema } from "./host-schema.ts";
import { PACKAGES, packageVersion } from "./packages.ts";
import { packetRate } from "./rate.ts";
import { rpkiSchema } from "./rpki.ts";
import { services } from "./service-schema.ts";

/** The longest prefix that the Internet's routers accept from a stranger. */
const LONGEST = { 4: 24, 6: 48 } as const;

const announcedPrefix = prefix.superRefine((value, context) => {
  const longest = LONGEST[value.family];
  if (value.length > longest) {
    context.addIssue({
      code: "custom",
      message: `${value.cidr} is longer than /${longest}: other networks will not accept it`,
    });
  }
});

const site = z.strictObject({
  host,
  state: z.enum(["active", "drained"]).default("active").meta({
    description:
      "`active`, or `drained`: announced with prepends and GRACEFUL_SHUTDOWN (RFC 8326), as the last choice, so that traffic goes elsewhere",
  }),
  prepend: z.int().min(0).max(3).default(0).meta({
    description:
      "How many times the path is made longer, so that less traffic comes here: by the provider's community, or with the own AS number where it has none",
  }),
  noExportTo: z
    .array(asn)
    .default([])
    .meta({
      description:
        "AS numbers that the provider does not announce the prefixes to from here; refused where it has no community for that",
      example: [64511],
    }),
  communities: z
    .array(community.meta({ example: "20473:64609" }))
    .default([])
    .meta({
      description:
        "More communities for the provider; blackholes and what keeps a prefix inside the provider are refused",
    }),
});

/** Milliseconds. The host is locked meanwhile, and somebody waits. */
const LONGEST_SOAK = 10 * 60_000;

const wave = z.union([
  z.array(name).min(1),
  z
    .string()
    .regex(/^([1-9]\d?|100)%$/, "must be a list of sites, as in [ams, sea], or a share of all sites, as in 50%"),
]);

const rollout = z.strictObject({
  waves: z
    .array(wave)
    .min(1)
    .optional()
    .meta({
      description: "List of waves; each is a list of sites, or the share of all sites that is done after it",
      example: [["ams"], "50%", "100%"],
      absent: "one site, then all others",
    }),
  soak: durationOrZero
    .refine((soak) => soak <= LONGEST_SOAK, "must be at most 10 min")
    .prefault("30 s")
    .meta({
      description:
        "How long a changed site has to stay well before the next wave, else it is rolled back; `0 s` to `10 min`",
    }),
});

const drain = z.strictObject({
  residue: packetRate.prefault("1 packet/s").meta({
    description: "A drained site is withdrawn once no more than this comes to its service addresses together",
    example: "20 packets/s",
  }),
  patience: duration
    .refine((milliseconds) => milliseconds <= 300_000, "is too long: an apply waits for 5 min at most")
    .prefault("30 s")
    .meta({ description: "A drained site is withdrawn after this time, whatever still comes; 5 min at most" }),
});

const management = z.strictObject({
  from: z
    .array(prefix.meta({ example: "198.51.100.0/24" }))
    .min(1)
    .optional()
    .meta({
      description: "Prefixes from which SSH reaches the hosts, none inside an announced one",
      absent: "everywhere",
    }),
  metrics: z
    .strictObject({
      port: port.meta({ description: "The port of the agents' metrics for Prometheus", example: 9479 }),
    })
    .optional()
    .meta({
      description: "Serves the agents' metrics to Prometheus, on the hosts' own addresses and only to `from`",
      absent: "none",
    }),
  sshKeys: z
    .array(
      z
        .string()
        .regex(
          /^(ssh-|ecdsa-|sk-)\S+ [A-Za-z0-9+/]+=*( [^\n\r]*)?$/,
          "must be a public SSH key, as in 'ssh-ed25519 AAAA…'",
        )
        .meta({ example: "ssh-ed25519 AAAA…" }),
    )
    .default([])
    .meta({
      description:
        "Public SSH keys that hosts made by us let in, beside `anycast:sshPrivateKey`; a change replaces those hosts",
    }),
});

const policy = z.strictObject({
  regions: z
    .array(z.string().meta({ example: "ams" }))
    .min(1)
    .optional()
    .meta({ description: "The regions where hosts may be made", absent: "all" }),
  minimumSites: z.int().min(1).optional().meta({
    description: "The least number of sites that announce each prefix in full when all is well",
    absent: "none but `floor`",
  }),
  communities: z
    .array(community.meta({ example: "20473:64609" }))
    .default([])
    .meta({ description: "Communities that every site has to have" }),
  publicSsh: z
    .boolean()
    .default(true)
    .meta({ description: "Whether SSH to hosts on the Internet may be open to everybody" }),
});

/**
 * The one definition of the configuration `anycast:network`. Strict: an unknown key is an error.
 * Parsed, every duration is in milliseconds, every address and prefix canonical, every default filled in.
 *
 * What `.meta` says is shown by editors, by hover texts and in docs/configuration.md (`npm run reference`): a description without its full
 * stop, an example, and with `absent` in words what holds without the key, where that is no literal default.
 */
export const networkSchema = z.strictObject({
  asn: asn.meta({ description: "The AS number that originates the prefixes", example: 64500 }),
  prefixes: z
    .array(announcedPrefix.meta({ example: "203.0.113.0/24" }))
    .min(1)
    .meta({ description: "The announced prefixes: IPv4 /24 or shorter, IPv6 /48 or shorter" }),
  announceWhen: z.enum(["all", "any"]).default("all").meta({
    description: "A prefix is announced while `all` services with an address in it are healthy, or `any` of them",
  }),
  services,
  sites: z.record(name, site).meta({ description: "Where the services are announced: name → site" }),
  rollout: rollout.prefault({}).meta({ description: "In which order and how fast a change goes over the sites" }),
  floor: z.int().min(1).optional().meta({
    description:
      "The least number of sites that announce each prefix: when fewer are healthy, the least bad announce as a last resort",
    absent: "2, or 1 with two sites",
  }),
  rpki: rpkiSchema.optional().meta({
    description: "The ROAs by which a run is refused that would announce what other networks reject (RPKI invalid)",
    absent: "none are read",
  }),
  protectHosts: z.boolean().default(false).meta({
    description:
      "Whether Pulumi refuses to delete or replace a server that was made at a provider, until this is `false` and applied",
  }),
  drain: drain.prefault({}).meta({
    description: "How a site is emptied before a disruptive change, and before it goes: drained, then withdrawn",
  }),
  packages: z
    .partialRecord(z.enum(PACKAGES), packageVersion.meta({ example: "2.0.12-7" }))
    .default({})
    .meta({
      description:
        "Debian package → the version that every site is to have; another one is installed by the apply, wave after wave, and rolled back when the site does not stay well",
      absent: "what was first installed stays",
    }),
  management: management.prefault({}).meta({ description: "How the hosts are managed and watched" }),
  policy: policy.prefault({}).meta({
    description: "Rules of your own that the network has to keep, beside those of anycast itself",
  }),
  lab: z
    .strictObject({
      clients: z
        .array(z.string().meta({ example: "syd" }))
        .default([])
        .meta({ description: "Regions with clients and no site" }),
    })
    .prefault({})
    .meta({ description: "For the lab alone" }),
});

/** The configuration after parsing: all defaults filled in. */
export type NetworkConfig = z.output<typeof networkSchema>;
/** A service, parsed. */
export type ServiceConfig = NetworkConfig["services"][string];
/** A site, parsed. */
export type SiteConfig = NetworkConfig["sites"][string];
/** The host of a site, parsed, by its provider. */
export type HostConfig = SiteConfig["host"];
/** A host that is made by us at a cloud. */
export type CloudHostConfig = Exclude<HostConfig, { provider: "lab" | "existing" | "custom" }>;
/** A host that is there already. */
export type ExistingHostConfig = z.output<typeof existingHostSchema>;
export type { ServiceCheck } from "./checks.ts";
export type { NeighborInput, NetworkInput } from "./network-input.ts";
