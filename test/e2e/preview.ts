import { z } from "zod";
import { must, type Checkout } from "./checkout.ts";

const previewSchema = z.object({ steps: z.array(z.object({ op: z.string(), urn: z.string() })) });

/** What an `up` would do to one resource. */
export interface Step {
  op: string;
  name: string;
}

/** What `pulumi up` would do in the lab's stack. */
export async function preview(checkout: Checkout): Promise<Step[]> {
  const { stdout } = must(await checkout.pulumi("preview", "--json", "--stack", "lab"));
  return previewSchema
    .parse(JSON.parse(stdout))
    .steps.map(({ op, urn }) => ({ op, name: urn.split("::").at(-1) ?? "" }));
}
