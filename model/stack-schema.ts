import { z } from "zod";
import { networkSchema } from "./schema.ts";
import { NETWORK_KEY } from "./stack-file/stack-config.ts";
import { VULTR_PACKAGE } from "./vultr/resources.ts";

/** What `pulumi config set --secret` writes. */
const secret = z.strictObject({ secure: z.string() }).meta({ title: "secret (pulumi config set --secret)" });

/**
 * The whole file of a stack, for editors: Pulumi's own keys, and the configuration with ours. Strict, but for the configuration of others; what
 * a program takes is said by {@link networkSchema} alone.
 */
export const stackSchema = z.strictObject({
  config: z
    .looseObject({
      [NETWORK_KEY]: networkSchema.optional().meta({ description: "The network" }),
      "anycast:sites": networkSchema.shape.sites
        .optional()
        .meta({ description: "The sites alone, for a program of your own that has the rest: name → site" }),
      "anycast:sshPrivateKey": secret.optional().meta({
        description: "The operator's private SSH key, without a passphrase; hosts made by us let its public half in",
        absent: "the keys of your SSH agent",
      }),
      "anycast:bgpPasswords": z
        .union([secret, z.record(z.string(), secret)])
        .optional()
        .meta({
          description: "Site, or provider account, as `vultr`, → password of the BGP sessions",
          absent: "none; an account's own where the provider's API has it",
        }),
      "anycast:heartbeatKey": secret.optional().meta({
        description: "Signs the heartbeats between sites: 32 octets in base64",
        absent: "derived from `anycast:sshPrivateKey`",
      }),
      "anycast:heartbeatKeyNext": secret
        .optional()
        .meta({ description: "A second key that is accepted, while the key is being changed", absent: "none" }),
      [`${VULTR_PACKAGE}:apiKey`]: secret
        .optional()
        .meta({ description: "The key of Vultr's API", absent: "`VULTR_API_KEY` of the environment" }),
    })
    .optional()
    .meta({ description: "The configuration of the stack: key with its namespace → value" }),
  secretsprovider: z.string().optional().meta({ description: "What encrypts the stack's secrets. Written by Pulumi" }),
  encryptedkey: z.string().optional().meta({ description: "The key of the secrets, encrypted. Written by Pulumi" }),
  encryptionsalt: z.string().optional().meta({ description: "The salt of the passphrase. Written by Pulumi" }),
  environment: z.unknown().optional().meta({ description: "Environments of Pulumi ESC" }),
});
