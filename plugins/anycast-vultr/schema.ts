import { VULTR_PACKAGE } from "../../model/vultr/resources.ts";
import type { Field, ResourceType } from "./resource.ts";
import { RESOURCE_TYPES } from "./types.ts";

const STRING = { type: "string" };

/** The shapes of inputs that are more than a text. */
const SHAPES: Readonly<Record<string, object>> = {
  osId: { type: "integer" },
  enableIpv6: { type: "boolean" },
  tags: { type: "array", items: STRING },
  sshKeyIds: { type: "array", items: STRING },
  instanceIds: { type: "array", items: STRING },
  bareMetalIds: { type: "array", items: STRING },
  rules: { type: "array", items: { $ref: `#/types/${VULTR_PACKAGE}:index:FirewallRule` } },
};

/**
 * The package as programs in other languages, and YAML, see it.
 *
 * @see https://www.pulumi.com/docs/iac/extending-pulumi/schema/
 */
export function packageSchema(version: string): object {
  return {
    name: VULTR_PACKAGE,
    version,
    description: "The few resources at Vultr that pulumi-anycast needs",
    license: "Apache-2.0",
    config: { variables: { apiKey: API_KEY } },
    provider: { inputProperties: { apiKey: API_KEY } },
    types: {
      [`${VULTR_PACKAGE}:index:FirewallRule`]: {
        type: "object",
        properties: {
          protocol: { ...STRING, description: "`tcp`, `udp` or `icmp`." },
          port: { ...STRING, description: "A port, or a range as `8000:8010`; none for `icmp`." },
          from: { ...STRING, description: "From where, as CIDR." },
          notes: { ...STRING, description: "Shown at Vultr." },
        },
        required: ["protocol", "from"],
      },
    },
    resources: Object.fromEntries(Object.entries(RESOURCE_TYPES).map(([token, type]) => [token, resourceSchema(type)])),
  };
}

const API_KEY = {
  ...STRING,
  secret: true,
  description: "The key of Vultr's API. Default: the environment variable VULTR_API_KEY.",
};

function resourceSchema(type: ResourceType): object {
  const fields = Object.entries<Field>(type.inputs);
  const inputProperties = Object.fromEntries(
    fields.map(([name, { about, secret, change }]) => [
      name,
      {
        ...(SHAPES[name] ?? STRING),
        description: about,
        ...(secret === true ? { secret } : {}),
        ...(change === "replace" ? { willReplaceOnChanges: true } : {}),
      },
    ]),
  );
  const outputs = Object.fromEntries(
    Object.entries(type.outputs).map(([name, { about, ...shape }]) => [name, { ...shape, description: about }]),
  );
  const requiredInputs = fields.filter(([, { optional }]) => optional === undefined).map(([name]) => name);
  return {
    description: type.about,
    inputProperties,
    requiredInputs,
    properties: { ...inputProperties, ...outputs },
    required: [...requiredInputs, ...Object.keys(outputs)],
  };
}
