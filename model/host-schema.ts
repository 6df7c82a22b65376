import { z } from "zod";
import { address, asn, port } from "./fields.ts";
import { canonicalAddress } from "./ip.ts";
import { METROS } from "./metros.ts";
import { PROFILES, type ProfileName } from "./profiles.ts";
import { REGIONS } from "./regions.ts";

const hostAddress = z
  .string()
  .meta({ pattern: "^[A-Za-z0-9.:-]+$", patternErrorMessage: "must be an IP address or a domain name" })
  .transform((text, context) => {
    const canonical =
      canonicalAddress(text) ?? (/^([a-z0-9-]+\.)+[a-z][a-z0-9-]*$/i.test(text) ? text.toLowerCase() : undefined);
    if (canonical !== undefined) return canonical;
    context.addIssue({ code: "custom", message: `'${text}' is neither an IP address nor a domain name` });
    return z.NEVER;
  });

/** A BGP speaker of the provider, as a site lists it. */
export const neighbor = z.strictObject({
  address: address.meta({ description: "Its address", example: "192.0.2.1" }),
  asn: asn.meta({ description: "Its AS number", example: 64510 }),
  multihop: z
    .int()
    .min(2)
    .max(255)
    .optional()
    .meta({ description: "The TTL when the neighbor is not on the host's own network", absent: "it is" }),
  ttlSecurity: z.boolean().optional().meta({
    description:
      "Whether packets of the session have to come from as near as the neighbor is (GTSM, RFC 5082); the neighbor has to do so too",
    absent: "`false`",
  }),
  password: z.boolean().default(false).meta({
    description:
      "Whether the session has a password (TCP MD5); the password itself is the secret `anycast:bgpPasswords`",
  }),
});

const location = z
  .strictObject({
    latitude: z.number().min(-90).max(90).meta({ description: "Degrees north", example: 52.52 }),
    longitude: z.number().min(-180).max(180).meta({ description: "Degrees east", example: 13.4 }),
  })
  .meta({ description: "Where the host is" });

const profileName = z.enum(Object.keys(PROFILES) as [ProfileName, ...ProfileName[]]);

const profile = profileName
  .default("custom")
  .meta({ description: "Whose BGP it is: one of the profiles that we know, or `custom`, as `neighbors` says" });

const neighbors = z.array(neighbor).default([]).meta({
  description: "The provider's BGP speakers, in the families in which the profile knows none (for `custom`, all)",
  absent: "none",
});

const hostKey = z
  .string()
  .regex(
    /^(ssh-|ecdsa-)\S+ \S+/,
    "must be a public host key, as in 'ssh-ed25519 AAAA…' (first two words of /etc/ssh/ssh_host_ed25519_key.pub)",
  );

const lab = z
  .strictObject({
    provider: z.literal("lab"),
    region: z.string().meta({ description: "A metro of the lab", example: "fra", values: [...METROS.keys()] }),
    profile: profileName
      .extract(["vultr", "vultrBareMetal"])
      .default("vultr")
      .meta({ description: "Whose BGP the lab's edge router speaks" }),
  })
  .meta({ description: "A host in the lab" });

const DEBIAN_AT_VULTR = "Debian 12 x64 (bookworm)";

const REPLACES = "another one makes a new host";

/** The key of a server that was imported. */
const importedKey = hostKey.optional().meta({
  description: "The public host key of a server that was imported",
  example: "ssh-ed25519 AAAA…",
  absent: "made with the server",
});

const osAtVultr = z
  .string()
  .min(1)
  .default(DEBIAN_AT_VULTR)
  .meta({ description: `The operating system by Vultr's name for it; ${REPLACES}` });

const vultr = z
  .strictObject({
    provider: z.literal("vultr"),
    region: z.string().meta({ description: "Vultr's region", example: "ams", values: [...REGIONS.vultr.keys()] }),
    plan: z
      .string()
      .min(1)
      .default("vc2-1c-2gb")
      .meta({ description: `Vultr's plan; ${REPLACES}` }),
    os: osAtVultr,
    hostKey: importedKey,
  })
  .meta({ description: "A virtual machine at Vultr, made by us" });

const vultrBareMetal = z
  .strictObject({
    provider: z.literal("vultrBareMetal"),
    region: z
      .string()
      .meta({ description: "Vultr's region", example: "ams", values: [...REGIONS.vultrBareMetal.keys()] }),
    plan: z
      .string()
      .min(1)
      .default("vbm-4c-32gb")
      .meta({ description: `Vultr's bare metal plan; ${REPLACES}` }),
    os: osAtVultr,
    hostKey: importedKey,
  })
  .meta({ description: "A server at Vultr, made by us" });

const equinixMetal = z
  .strictObject({
    provider: z.literal("equinixMetal"),
    region: z
      .string()
      .meta({ description: "Equinix Metal's metro", example: "am", values: [...REGIONS.equinixMetal.keys()] }),
    plan: z
      .string()
      .min(1)
      .default("c3.small.x86")
      .meta({ description: `The plan by its slug; ${REPLACES}` }),
    os: z
      .string()
      .min(1)
      .default("debian_12")
      .meta({ description: `The operating system by its slug; ${REPLACES}` }),
  })
  .meta({ description: "A server at Equinix Metal, made by us" });

/** A host that is there already. */
export const existingHostSchema = z
  .strictObject({
    provider: z.literal("existing"),
    address: hostAddress.meta({
      description:
        "Where SSH reaches the host: an address, or a name in a zone that others serve; never inside an announced prefix, nor leading there",
      example: "192.0.2.7",
    }),
    port: port.default(22).meta({ description: "The port of SSH" }),
    user: z
      .string()
      .default("root")
      .meta({ description: "The user of SSH; any other than root needs sudo without a password" }),
    hostKey: hostKey.meta({
      description:
        "The host's public key, always pinned: the first two words of `/etc/ssh/ssh_host_ed25519_key.pub` there",
      example: "ssh-ed25519 AAAA…",
    }),
    ipv4: address.optional().meta({
      description: "The host's own IPv4 address: the source of its BGP sessions, and its router id",
      absent: "`address`",
    }),
    ipv6: address
      .optional()
      .meta({ description: "The host's own IPv6 address: the source of its BGP sessions", absent: "none" }),
    profile,
    neighbors,
    location,
  })
  .meta({ description: "Any host with Debian 12 or 13 and SSH; nothing is created or destroyed" });

const custom = z
  .strictObject({
    provider: z.literal("custom"),
    profile,
    neighbors: neighbors.meta({
      description: "The provider's BGP speakers, in the families in which the profile knows none (for `custom`, all)",
      absent: "those that the adapter tells",
    }),
    location,
  })
  .meta({ description: "A host that the program makes, with its own adapter" });

/** The host of a site, by its provider. */
export const host = z
  .discriminatedUnion("provider", [lab, vultr, vultrBareMetal, equinixMetal, existingHostSchema, custom])
  .meta({ description: "The site's host" });
