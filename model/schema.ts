import { z } from "zod";
import { checkList, dnsServiceCheck, quorum, scopeProblems } from "./checks.ts";
import { durationOrZero } from "./duration.ts";
import { address, asn, name, unitName, zoneName } from "./fields.ts";
import { canonicalAddress, parsePrefix, type Prefix } from "./ip.ts";
import { duration } from "./duration.ts";
import { packetRate } from "./rate.ts";
import { PACKAGES, packageVersion } from "./packages.ts";
import { PROFILES, type ProfileName } from "./profiles.ts";
import { rpkiSchema } from "./rpki.ts";

const hostAddress = z.string().transform((text, context) => {
  const canonical =
    canonicalAddress(text) ?? (/^([a-z0-9-]+\.)+[a-z][a-z0-9-]*$/i.test(text) ? text.toLowerCase() : undefined);
  if (canonical !== undefined) return canonical;
  context.addIssue({ code: "custom", message: `'${text}' is neither an IP address nor a domain name` });
  return z.NEVER;
});

const prefix = z.string().transform((text, context): Prefix => {
  const parsed = parsePrefix(text);
  if (!("error" in parsed)) return parsed;
  context.addIssue({
    code: "custom",
    message:
      parsed.error === "syntax"
        ? `'${text}' is no prefix: write it as in 203.0.113.0/24 or 2001:db8:53::/48`
        : `'${text}' has host bits set: did you mean ${parsed.meant}?`,
  });
  return z.NEVER;
});

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

/** A community `a:b` (RFC 1997) or `a:b:c` (RFC 8092), its numbers in their plain form. */
const community = z.string().transform((text, context) => {
  const parts = /^\d{1,10}(:\d{1,10}){1,2}$/.test(text) ? text.split(":").map(Number) : [];
  const most = parts.length === 2 ? 65535 : 4294967295;
  if (parts.length > 0 && parts.every((part) => part <= most)) return parts.join(":");
  context.addIssue({
    code: "custom",
    message: `'${text}' is no community: write two numbers up to 65535, as in 20473:64609, or three up to 4294967295`,
  });
  return z.NEVER;
});

const service = z.discriminatedUnion("kind", [
  z.strictObject({
    /** An authoritative DNS server (Knot DNS), run by us. */
    kind: z.literal("dns"),
    addresses: z.array(address).min(1),
    /** Zone name → zone file, relative to the program's folder. */
    zones: z.record(zoneName, z.string().min(1)).refine((zones) => Object.keys(zones).length > 0, "names no zone"),
    check: dnsServiceCheck.prefault({}),
  }),
  z.strictObject({
    /** A service that is installed by other means; checked and announced, never started or stopped by us. */
    kind: z.literal("external"),
    addresses: z.array(address).min(1),
    /** What the firewall lets through to the addresses, as in `tcp/443`. */
    ports: z.array(z.string().regex(/^(tcp|udp)\/\d{1,5}$/, "must be written as in tcp/443 or udp/53")).min(1),
    /** The systemd unit that runs it, as in `nginx.service`: its end withdraws at once. Default: none is known. */
    unit: unitName.endsWith(".service", "must be a unit of type service, as in nginx.service").optional(),
    checks: checkList,
    /** How much of the checks' weight with scope `site` must be up: `all`, `any` (one check), or so much, as in 2. Default `all`. */
    quorum: quorum.optional(),
  }),
]);

const services = z
  .record(name, service)
  .refine((all) => Object.keys(all).length > 0, "names no service")
  .superRefine((all, context) => {
    const own = Object.values(all).flatMap(({ addresses }) => addresses);
    for (const [key, each] of Object.entries(all))
      for (const problem of each.kind === "external" ? scopeProblems(each, own) : [])
        context.addIssue({ code: "custom", path: [key, problem.key], message: problem.message });
  });

const neighbor = z.strictObject({
  address,
  asn,
  /** The TTL when the neighbor is not on the host's own network. Default: it is. */
  multihop: z.int().min(2).max(255).optional(),
  /** Whether packets of the session must come from as near as the neighbor is (GTSM, RFC 5082); the neighbor has to do so too. Default false. */
  ttlSecurity: z.boolean().optional(),
  /** Whether the session has a password (TCP MD5); the password itself is the stack secret `bgpPasswords`. Default false. */
  password: z.boolean().default(false),
});

const location = z.strictObject({ latitude: z.number().min(-90).max(90), longitude: z.number().min(-180).max(180) });

const profileName = z.enum(Object.keys(PROFILES) as [ProfileName, ...ProfileName[]]);

const hostKey = z
  .string()
  .regex(
    /^(ssh-|ecdsa-)\S+ \S+/,
    "must be a public host key, as in 'ssh-ed25519 AAAA…' (first two words of /etc/ssh/ssh_host_ed25519_key.pub)",
  );

/** A host that is there already. */
export const existingHostSchema = z.strictObject({
  provider: z.literal("existing"),
  /** Where SSH reaches the host; never an anycast address (safety 13). */
  address: hostAddress,
  port: z.int().min(1).max(65535).default(22),
  user: z.string().default("root"),
  /** The host's public key, as in `ssh-ed25519 AAAA…` (`/etc/ssh/ssh_host_ed25519_key.pub`). Always pinned. */
  hostKey,
  /** The host's own unicast addresses: the source of its BGP sessions; the IPv4 one is its router id. */
  ipv4: address.optional(),
  ipv6: address.optional(),
  /** Whose BGP it is. Default `custom`: as in `neighbors`. */
  profile: profileName.default("custom"),
  /** The provider's BGP speakers, in the families in which the profile knows none. */
  neighbors: z.array(neighbor).default([]),
  location,
});

const host = z.discriminatedUnion("provider", [
  z.strictObject({
    provider: z.literal("lab"),
    /** A metro of the lab (`model/metros.ts`). */
    region: z.string(),
    /** Whose BGP the lab's edge router speaks. Default `vultr`. */
    profile: profileName.extract(["vultr", "vultrBareMetal"]).default("vultr"),
  }),
  z.strictObject({
    provider: z.literal("vultr"),
    /** Vultr's region, as in `ams`. */
    region: z.string(),
    /** Vultr's plan. Default `vc2-1c-2gb`. */
    plan: z.string().min(1).default("vc2-1c-2gb"),
    /** The operating system by Vultr's name for it. Default `Debian 12 x64 (bookworm)`. */
    os: z.string().min(1).default("Debian 12 x64 (bookworm)"),
    /** The public host key of a server that was imported, as in `ssh-ed25519 AAAA…`. Default: made with the server. */
    hostKey: hostKey.optional(),
  }),
  z.strictObject({
    provider: z.literal("vultrBareMetal"),
    /** Vultr's region, as in `ams`. */
    region: z.string(),
    /** Vultr's bare metal plan. Default `vbm-4c-32gb`. */
    plan: z.string().min(1).default("vbm-4c-32gb"),
    /** The operating system by Vultr's name for it. Default `Debian 12 x64 (bookworm)`. */
    os: z.string().min(1).default("Debian 12 x64 (bookworm)"),
    /** The public host key of a server that was imported, as in `ssh-ed25519 AAAA…`. Default: made with the server. */
    hostKey: hostKey.optional(),
  }),
  z.strictObject({
    provider: z.literal("equinixMetal"),
    /** Equinix Metal's metro, as in `am`. */
    region: z.string(),
    /** Default `c3.small.x86`. */
    plan: z.string().min(1).default("c3.small.x86"),
    /** The operating system by its slug. Default `debian_12`. */
    os: z.string().min(1).default("debian_12"),
  }),
  existingHostSchema,
  z.strictObject({
    /** Made by the program that uses the library, with the adapter that it gives for the site (docs/library.md). */
    provider: z.literal("custom"),
    /** Whose BGP it is. Default `custom`: as in `neighbors`. */
    profile: profileName.default("custom"),
    /** The provider's BGP speakers, in the families in which the profile knows none. Default: those that the adapter tells. */
    neighbors: z.array(neighbor).default([]),
    location,
  }),
]);

const site = z.strictObject({
  host,
  /** `active` announces; `drained` announces with prepends and GRACEFUL_SHUTDOWN (RFC 8326), so that traffic goes elsewhere. Default `active`. */
  state: z.enum(["active", "drained"]).default("active"),
  /** How many times the path is made longer, so that less traffic comes here: by the provider's community, or with the own AS number where it has none. Default 0. */
  prepend: z.int().min(0).max(3).default(0),
  /** AS numbers that the provider is not to announce our prefixes to from here. Default none. */
  noExportTo: z.array(asn).default([]),
  /** More communities for the provider, as in `20473:64609` or `20473:6601:1`. Default none. */
  communities: z.array(community).default([]),
});

/** Milliseconds. The host is locked meanwhile, and somebody waits. */
const LONGEST_SOAK = 10 * 60_000;

const wave = z.union([
  z.array(name).min(1),
  z
    .string()
    .regex(/^([1-9]\d?|100)%$/, "must be a list of sites, as in [ams, sea], or a share of all sites, as in 50%"),
]);

/**
 * The one definition of the configuration `anycast:network`. Strict: an unknown key is an error.
 * Parsed, every duration is in milliseconds, every address and prefix canonical, every default filled in.
 */
export const networkSchema = z.strictObject({
  /** The AS number that originates the prefixes. */
  asn,
  /** The announced prefixes. IPv4 /24 or shorter, IPv6 /48 or shorter. */
  prefixes: z.array(announcedPrefix).min(1),
  /** A prefix is announced while `all` services with an address in it are healthy, or `any` of them. Default `all`. */
  announceWhen: z.enum(["all", "any"]).default("all"),
  services,
  sites: z.record(name, site),
  rollout: z
    .strictObject({
      /** Sites, or the share of all sites that is done after the wave. Default: one site, then all others. */
      waves: z.array(wave).min(1).optional(),
      /** How long a changed site has to stay well before the next wave; else it is put back. `0 s` to 10 min. Default 30 s. */
      soak: durationOrZero.refine((soak) => soak <= LONGEST_SOAK, "must be at most 10 min").prefault("30 s"),
    })
    .prefault({}),
  /** The least number of sites that announce each prefix (safety 1). Default 2, or 1 with two sites. */
  floor: z.int().min(1).optional(),
  /** The ROAs by which a run is refused that would announce what other networks reject (RPKI invalid). Default: none are read. */
  rpki: rpkiSchema.optional(),
  /** Whether Pulumi refuses to delete or replace a server that was made at a provider, until this is `false` and applied. Default `false`. */
  protectHosts: z.boolean().default(false),
  /** How a site is emptied before a change that hurts, and before it goes: drained, then withdrawn once its traffic has gone. */
  drain: z
    .strictObject({
      /** So little may still come to its service addresses together when it is withdrawn. Default `1 packet/s`. */
      residue: packetRate.prefault("1 packet/s"),
      /** It is withdrawn after so long, whatever still comes; up to 5 min. Default `30 s`. */
      patience: duration
        .refine((milliseconds) => milliseconds <= 300_000, "is too long: an apply waits for 5 min at most")
        .prefault("30 s"),
    })
    .prefault({}),
  /**
   * Debian package → the version that every site is to have of it, as in `bird2: 2.0.12-7`. Another one is installed by the apply, site after site
   * and wave after wave, and taken back when the site does not stay well. Default: what was first installed stays.
   */
  packages: z.partialRecord(z.enum(PACKAGES), packageVersion).default({}),
  management: z
    .strictObject({
      /** Where SSH to the hosts may come from. Default everywhere. */
      from: z.array(prefix).min(1).optional(),
      /** Serves the agents' metrics to Prometheus, on the hosts' own addresses and only to `from`. Default: nowhere. */
      metrics: z.strictObject({ port: z.int().min(1).max(65535) }).optional(),
      /** Public SSH keys, as in `ssh-ed25519 AAAA…`, that hosts made by us let in beside `anycast:sshPrivateKey`. Default none. */
      sshKeys: z
        .array(
          z
            .string()
            .regex(
              /^(ssh-|ecdsa-|sk-)\S+ [A-Za-z0-9+/]+=*( [^\n\r]*)?$/,
              "must be a public SSH key, as in 'ssh-ed25519 AAAA…'",
            ),
        )
        .default([]),
    })
    .prefault({}),
  /** Rules that the network has to keep, beside those of anycast itself; for others see `model/policy.ts`. Default none. */
  policy: z
    .strictObject({
      /** The regions where hosts may be made. Default all. */
      regions: z.array(z.string()).min(1).optional(),
      /** The least number of sites that announce each prefix in full when all is well. Default none but `floor`. */
      minimumSites: z.int().min(1).optional(),
      /** Communities that every site has to have. Default none. */
      communities: z.array(community).default([]),
      /** Whether SSH to hosts on the Internet may be open to everybody. Default true. */
      publicSsh: z.boolean().default(true),
    })
    .prefault({}),
  /** For the lab alone: metros with clients and no site. */
  lab: z.strictObject({ clients: z.array(z.string()).default([]) }).prefault({}),
});

/** The configuration as it stands in a stack file. */
export type NetworkInput = z.input<typeof networkSchema>;
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
/** A BGP speaker of a provider, as a site lists it. */
export type NeighborInput = z.input<typeof neighbor>;
export type { ServiceCheck } from "./checks.ts";
