import * as pulumi from "@pulumi/pulumi";

/**
 * Makes an error to throw where an output is computed, of which the engine shows this message and nothing else. Of any other one Pulumi puts the
 * name of each property in front that it came by, once for each resource.
 */
export function outputError(message: string): pulumi.RunError {
  return Object.defineProperty(new pulumi.RunError(message), "message", { get: () => message, set: () => {} });
}
