import { expect, test } from "vitest";
import { inputProblems } from "./check-inputs.ts";
import { equinixMetal } from "./equinix-metal.ts";
import { Sdk } from "./sdk-types.ts";

const known = (value: unknown): boolean => value === "unknown";

function problems(sdk: Sdk, token: string, inputs: Record<string, unknown>): string[] {
  const found = inputProblems(inputs, sdk.typeOf(token)?.inputs ?? {}, known);
  return found.map(({ path, reason }) => `${path} ${reason}`);
}

const DEVICE = "equinix-metal:index/device:Device";
const PROJECT = "equinix-metal:index/project:Project";

test("an SDK's declarations are what its provider accepts", () => {
  const sdk = new Sdk("@pulumi/equinix-metal");
  expect(sdk.version).toBe("2.0.0");
  const { inputs, outputs } = sdk.typeOf(DEVICE) ?? { inputs: {}, outputs: {} };
  expect(inputs["billingCycle"]).toEqual({ required: true, type: { kind: "string" } });
  expect(inputs["alwaysPxe"]).toEqual({ required: false, type: { kind: "boolean" } });
  expect(inputs["tags"]?.type).toEqual({ kind: "array", of: { kind: "string" } });
  expect(inputs["accessPublicIpv4"]).toBeUndefined();
  expect(outputs["accessPublicIpv4"]?.type).toEqual({ kind: "string" });
  expect(sdk.typeOf("equinix-metal:index/device:Server")).toBeUndefined();
});

const ORDER = { billingCycle: "hourly", hostname: "fra", operatingSystem: "debian_12", plan: "c3", projectId: "p" };

test.each([
  [{ ...ORDER, tags: ["a"] }, []],
  [{ ...ORDER, projectId: "unknown", tags: "unknown" }, []],
  [{ ...ORDER, hostname: undefined }, ["hostname is missing"]],
  [{ ...ORDER, plan: 7 }, ["plan has to be a string"]],
  [{ ...ORDER, alwaysPxe: "yes" }, ["alwaysPxe has to be a boolean"]],
  [{ ...ORDER, tags: ["a", 1] }, ["tags[1] has to be a string"]],
  [{ ...ORDER, ipAddresses: [{}] }, ["ipAddresses[0].type is missing"]],
  [{ ...ORDER, userdata: "x" }, ["userdata is not known to the provider; did you mean 'userData'?"]],
])("inputs %j: %j", (inputs, expected) => {
  expect(problems(new Sdk("@pulumi/equinix-metal"), DEVICE, inputs)).toEqual(expected);
});

test("nested inputs too, which the SDK's own classes pass on unseen", () => {
  const sdk = new Sdk("@pulumi/equinix-metal");
  expect(problems(sdk, PROJECT, { bgpConfig: { asn: "64500", deploymentType: "global", md5sum: "x" } })).toEqual([
    "bgpConfig.asn has to be a number",
    "bgpConfig.md5sum is not known to the provider",
  ]);
});

test.each([equinixMetal])("every type of $npmName that is simulated is one of the SDK's", (cloud) => {
  const sdk = new Sdk(cloud.npmName);
  for (const [token, { forceNew }] of Object.entries(cloud.resources)) {
    expect(Object.keys(sdk.typeOf(token)?.inputs ?? {}), token).toEqual(expect.arrayContaining([...forceNew]));
  }
  expect(Object.keys(cloud.functions).filter((token) => sdk.typeOf(token) === undefined)).toEqual([]);
});
