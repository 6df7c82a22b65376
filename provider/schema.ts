/** What every language's types are made from; also what the engine asks of a provider. */
interface PackageSchema {
  readonly name: "anycast";
  readonly version: string;
  readonly [more: string]: unknown;
}

/** Whatever the language has for a value that its types do not describe. */
const ANY = { $ref: "pulumi.json#/Any" };

const STRINGS = { type: "object", additionalProperties: { type: "string" } };

/**
 * The components as languages other than TypeScript see them: `AnycastNetwork`, its network as a value that the components judge themselves.
 * What only TypeScript can say is left out: host adapters and policies that are functions.
 *
 * @param version of the package
 * @see https://www.pulumi.com/docs/iac/extending-pulumi/schema/
 */
export function packageSchema(version: string): PackageSchema {
  return {
    name: "anycast",
    version,
    description: "Anycast: hosts, BGP sessions, BIRD, the service, a health agent and a gradual rollout",
    license: "Apache-2.0",
    resources: {
      "anycast:index:AnycastNetwork": {
        isComponent: true,
        description: "An anycast network: the same prefixes announced, and the same services given, at every site.",
        inputProperties: {
          network: {
            ...ANY,
            plain: true,
            description:
              "The network as in the stack file, `anycast:network`. Plain: it decides which resources there are.",
          },
          sshPrivateKey: {
            type: "string",
            secret: true,
            description:
              "The operator's private SSH key, PEM; hosts made by us let its public half in. Default: the keys of the SSH agent.",
          },
          bgpPasswords: {
            ...STRINGS,
            secret: true,
            description:
              "Site, or the account of its profile (as `vultr`), to the password of its BGP sessions, where the provider does not tell it.",
          },
          heartbeatKey: {
            type: "string",
            secret: true,
            description:
              "What signs the heartbeats between sites: 32 octets in base64. Default: derived from `sshPrivateKey`.",
          },
          heartbeatKeyNext: {
            type: "string",
            secret: true,
            description: "A key that is accepted too, while the key is being changed. Default: none.",
          },
        },
        requiredInputs: ["network"],
        properties: { inventory: { ...ANY, description: "What is announced where, by what." } },
        required: ["inventory"],
      },
    },
  };
}
