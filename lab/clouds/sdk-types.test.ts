import { expect, test } from "vitest";
import { inputProblems } from "./check-inputs.ts";
import { equinixMetal } from "./equinix-metal.ts";
import { Sdk } from "./sdk-types.ts";
import { vultr } from "./vultr.ts";

const known = (value: unknown): boolean => value === "unknown";

function problems(sdk: Sdk, token: string, inputs: Record<string, unknown>): string[] {
  const found = inputProblems(inputs, sdk.typeOf(token)?.inputs ?? {}, known);
  return found.map(({ path, reason }) => `${path} ${reason}`);
}

const INSTANCE = "vultr:index/instance:Instance";
const PROJECT = "equinix-metal:index/project:Project";

test("an SDK's declarations are what its provider accepts", () => {
  const sdk = new Sdk("@ediri/vultr");
  expect(sdk.version).toBe("2.21.0");
  const { inputs, outputs } = sdk.typeOf(INSTANCE) ?? { inputs: {}, outputs: {} };
  expect(inputs["region"]).toEqual({ required: true, type: { kind: "string" } });
  expect(inputs["osId"]).toEqual({ required: false, type: { kind: "number" } });
  expect(inputs["tags"]?.type).toEqual({ kind: "array", of: { kind: "string" } });
  expect(inputs["appVariables"]?.type).toEqual({ kind: "map", of: { kind: "string" } });
  expect(inputs["backupsSchedule"]?.type).toMatchObject({ kind: "object", fields: { type: { required: true } } });
  expect(inputs["mainIp"]).toBeUndefined();
  expect(outputs["mainIp"]?.type).toEqual({ kind: "string" });
  expect(sdk.typeOf("vultr:index/instance:Server")).toBeUndefined();
});

test.each([
  [{ region: "fra", plan: "vc2-1c-2gb", osId: 2136, tags: ["a"] }, []],
  [{ region: "unknown", plan: "vc2-1c-2gb", tags: "unknown" }, []],
  [{ plan: "vc2-1c-2gb" }, ["region is missing"]],
  [{ region: "fra", plan: 7 }, ["plan has to be a string"]],
  [{ region: "fra", plan: "p", osId: "2136" }, ["osId has to be a number"]],
  [{ region: "fra", plan: "p", tags: ["a", 1] }, ["tags[1] has to be a string"]],
  [{ region: "fra", plan: "p", appVariables: { a: true } }, ["appVariables.a has to be a string"]],
  [{ region: "fra", plan: "p", backupsSchedule: { hour: 1 } }, ["backupsSchedule.type is missing"]],
  [
    { region: "fra", plan: "p", enableIPv6: true },
    ["enableIPv6 is not known to the provider; did you mean 'enableIpv6'?"],
  ],
])("inputs %j: %j", (inputs, expected) => {
  expect(problems(new Sdk("@ediri/vultr"), INSTANCE, inputs)).toEqual(expected);
});

test("nested inputs too, which the SDK's own classes pass on unseen", () => {
  const sdk = new Sdk("@pulumi/equinix-metal");
  expect(problems(sdk, PROJECT, { bgpConfig: { asn: "64500", deploymentType: "global", md5sum: "x" } })).toEqual([
    "bgpConfig.asn has to be a number",
    "bgpConfig.md5sum is not known to the provider",
  ]);
});

test.each([vultr, equinixMetal])("every type of $npmName that is simulated is one of the SDK's", (cloud) => {
  const sdk = new Sdk(cloud.npmName);
  for (const [token, { forceNew }] of Object.entries(cloud.resources)) {
    expect(Object.keys(sdk.typeOf(token)?.inputs ?? {}), token).toEqual(expect.arrayContaining([...forceNew]));
  }
  expect(Object.keys(cloud.functions).filter((token) => sdk.typeOf(token) === undefined)).toEqual([]);
});
