import * as pulumi from "@pulumi/pulumi";

/**
 * An output that every made resource has. Of one that a run passes over (`--target`) the engine gives nothing at all, also in an update:
 * then it is unknown, and so is all that follows from it.
 */
export function made<T>(output: pulumi.Output<T>): pulumi.Output<T> {
  // Typed as what it stands for: nobody gets to see it.
  return output.apply((value) => value ?? (pulumi.unknown as unknown as typeof value));
}
