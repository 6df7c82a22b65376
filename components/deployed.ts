import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { inventorySchema } from "../model/inventory.ts";
import type { Deployed } from "../model/changes.ts";
import { manifestSchema, type Manifest } from "../model/manifest.ts";
import type { StateResource } from "../model/vultr/state.ts";

/** What the engine answers: URN → what the resource tells of itself. */
const answerSchema = z.object({
  outputs: z.record(z.string(), z.object({ type: z.string(), outputs: z.record(z.string(), z.unknown()) })).default({}),
});

/** The part of a site's inventory that is compared, of whatever version. */
const siteSchema = z.object(
  inventorySchema.shape.sites.valueType.pick({ name: true, state: true, announces: true }).shape,
);
const networkSchema = z.object(inventorySchema.pick({ floor: true }).shape);

/**
 * Reads the resources in the stack's own state; none when it was never deployed.
 *
 * @throws Error when the state cannot be read
 */
export async function readStack(): Promise<StateResource[]> {
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const answer: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName });
  return Object.entries(answerSchema.parse(answer).outputs).map(([urn, resource]) => ({
    name: urn.split("::").at(-1) ?? urn,
    ...resource,
  }));
}

/**
 * Returns what is deployed, by the stack's own state: each site as it was when it was last applied to, those of a run that broke off included,
 * until it is gone. Of a stack that was never deployed: nothing.
 *
 * @throws Error when an inventory is of an unknown form
 */
export function deployedIn(resources: readonly StateResource[]): Deployed {
  const inventories = <Schema extends z.ZodType>(type: string, schema: Schema): z.output<Schema>[] =>
    resources
      .filter((resource) => resource.type === type)
      .flatMap(({ name, outputs }) => {
        // One whose first run broke off has not told anything yet.
        if (outputs["inventory"] === undefined) return [];
        const parsed = schema.safeParse(outputs["inventory"]);
        if (parsed.success) return [parsed.data];
        throw new Error(`the inventory of ${name} is of an unknown form: ${z.prettifyError(parsed.error)}`);
      });
  const floors = inventories("anycast:index:AnycastNetwork", networkSchema).map(({ floor }) => floor);
  return {
    floor: floors.length === 0 ? undefined : Math.max(...floors),
    sites: inventories("anycast:index:AnycastSite", siteSchema),
  };
}

/** What was applied last to each site, by the name of its `apply` resource, as the stack's state has it. */
export type AppliedManifests = ReadonlyMap<string, Manifest>;

/** Reads what was applied last; nothing where the state cannot be read, which `checkFloor` refuses. */
export async function appliedManifests(): Promise<AppliedManifests> {
  const resources = await readStack().catch(() => []);
  return new Map(
    resources.flatMap(({ name, type, outputs }) => {
      if (type !== "command:remote:Command" || !name.endsWith("-apply")) return [];
      const parsed = manifestSchema.safeParse(json(outputs["stdin"]));
      return parsed.success ? [[name, parsed.data] as const] : [];
    }),
  );
}

/** What each apply printed when it ran last, by the name of its resource; nothing where the state cannot be read. */
export async function appliedOutputs(): Promise<ReadonlyMap<string, unknown>> {
  const resources = await readStack().catch(() => []);
  return new Map(
    resources
      .filter(({ name, type }) => type === "command:remote:Command" && name.endsWith("-apply"))
      .map(({ name, outputs }) => [name, outputs["stdout"]]),
  );
}

function json(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
