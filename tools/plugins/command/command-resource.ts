import { z } from "zod";
import type { Context } from "./context.ts";
import { parseProperties, problemsOf } from "./inputs.ts";
import { loggingSchema, type Output } from "./output.ts";
import type { ResourceType } from "./resource.ts";

/** The inputs that local and remote commands have in common. */
export const commandShape = {
  triggers: z.array(z.unknown()).optional(),
  create: z.string().optional(),
  update: z.string().optional(),
  delete: z.string().optional(),
  stdin: z.string().optional(),
  logging: loggingSchema.optional(),
  environment: z.record(z.string(), z.string()).default({}),
  addPreviousOutputInEnv: z.boolean().default(true),
};

/** The outputs in the state; a resource that ran nothing has empty ones. */
const outputSchema = z.object({ stdout: z.string().default(""), stderr: z.string().default("") });

interface Commands {
  create?: string | undefined;
  update?: string | undefined;
  delete?: string | undefined;
}

/** Runs one command; `previous` is what the one before it wrote. */
export type Run<Inputs> = (command: string, inputs: Inputs, previous: Output, context: Context) => Promise<Output>;

/**
 * The life of a resource that is commands: `create`, on any change of its inputs `update` or else `create` again, in the
 * end `delete`. What is not given is not run, and the outputs stay as they are.
 */
export function commandResource<Inputs extends Commands>(schema: z.ZodType<Inputs>, run: Run<Inputs>): ResourceType {
  const runOr = async (command: string | undefined, inputs: Inputs, previous: Output, context: Context) => ({
    ...(command === undefined ? previous : await run(command, inputs, previous, context)),
  });
  return {
    problems: (inputs) => problemsOf(schema, inputs),
    create: async (given, context) => {
      const inputs = parseProperties(schema, given);
      return runOr(inputs.create, inputs, { stdout: "", stderr: "" }, context);
    },
    update: async (state, given, context) => {
      const inputs = parseProperties(schema, given);
      return runOr(inputs.update ?? inputs.create, inputs, parseProperties(outputSchema, state), context);
    },
    delete: async (state, context) => {
      const inputs = parseProperties(schema, state);
      await runOr(inputs.delete, inputs, parseProperties(outputSchema, state), context);
    },
  };
}

/** The environment variables that tell a command what the one before it wrote; none for an empty stream. */
export function previousOutput(inputs: { addPreviousOutputInEnv: boolean }, previous: Output): Record<string, string> {
  if (!inputs.addPreviousOutputInEnv) return {};
  return {
    ...(previous.stdout === "" ? {} : { PULUMI_COMMAND_STDOUT: previous.stdout }),
    ...(previous.stderr === "" ? {} : { PULUMI_COMMAND_STDERR: previous.stderr }),
  };
}
