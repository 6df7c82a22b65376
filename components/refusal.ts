import * as pulumi from "@pulumi/pulumi";

/** An error that lists several problems, a line each, under what they have in common. */
export function refusal(what: string, problems: readonly string[]): pulumi.RunError {
  return new pulumi.RunError([what, ...problems.map((line) => `  ${line}`)].join("\n"));
}
