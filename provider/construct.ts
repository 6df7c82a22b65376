import * as pulumi from "@pulumi/pulumi";
import type { ConstructResult } from "@pulumi/pulumi/provider/index.js";
import { AnycastNetwork, checkFirst, type AnycastNetworkArgs } from "../components/index.ts";

/**
 * Makes a component for a program in another language, after the checks that a program in TypeScript makes first.
 *
 * @param type as in the schema
 * @param inputs the arguments of the component as the engine passes them: plain, or outputs
 * @throws InputPropertiesError in the user's words
 */
export async function construct(
  name: string,
  type: string,
  inputs: pulumi.Inputs,
  options: pulumi.ComponentResourceOptions,
): Promise<ConstructResult> {
  if (type !== "anycast:index:AnycastNetwork")
    throw new Error(
      `The package has no ${type}: only AnycastNetwork can be made from another language than TypeScript`,
    );
  const args = argsOf(inputs);
  try {
    await checkFirst(args.network);
    const { urn, inventory } = new AnycastNetwork(name, args, options);
    return { urn, state: { inventory } };
  } catch (error) {
    if (!pulumi.RunError.isInstance(error)) throw error;
    // Without the property, whose whole value the engine would print before the reason.
    throw new pulumi.InputPropertiesError({ message: error.message, errors: [] });
  }
}

/** The engine has judged the arguments by the schema, but not whether `network` is known and plain all through. */
function argsOf(inputs: pulumi.Inputs): AnycastNetworkArgs {
  if (!isPlain(inputs["network"]))
    throw new pulumi.InputPropertiesError({
      message: "network has an output or a secret in it, and it decides which resources there are: write plain values",
      errors: [],
    });
  return inputs as AnycastNetworkArgs;
}

function isPlain(value: unknown): boolean {
  if (pulumi.Output.isInstance(value)) return false;
  return typeof value !== "object" || value === null || Object.values(value).every(isPlain);
}
