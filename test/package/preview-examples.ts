// Copied into the folder of the installed package, and run there: the examples get the package as a stranger does.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";

/** What is read on standard input: an example, with the configuration of one of its stacks. */
interface Asked {
  example: string;
  stack: string;
  config: Record<string, unknown>;
}

/** What is printed of it: the type and name of each resource that a preview would show. */
interface Previewed {
  example: string;
  stack: string;
  resources: [type: string, name: string][];
}

const root = process.cwd();

async function preview({ example, stack, config }: Asked): Promise<Previewed> {
  const resources: [string, string][] = [];
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
    ),
  );
  await pulumi.runtime.setMocks(
    {
      // The clouds have what is ordered.
      call: () => ({ id: "2136" }),
      // As in a preview: nothing is known of what is yet to be made.
      newResource: ({ type, name, inputs }) => {
        resources.push([type, name]);
        return { id: undefined, state: inputs as Record<string, unknown> };
      },
    },
    "anycast",
    stack,
    true,
  );
  process.chdir(join(root, example));
  await import(`${pathToFileURL(join(root, example, "index.ts")).href}?${stack}`);
  await pulumi.runtime.disconnect();
  return { example, stack, resources };
}

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
const previewed: Previewed[] = [];
for (const asked of JSON.parse(Buffer.concat(chunks).toString()) as Asked[]) previewed.push(await preview(asked));
process.stdout.write(JSON.stringify(previewed));
