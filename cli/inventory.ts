import { execa } from "execa";
import { z } from "zod";
import { inventorySchema, type Inventory } from "../model/inventory.ts";
import { CliError } from "./cli-error.ts";
import { parseJson } from "./parse-json.ts";
import { plainText } from "./plain-text.ts";
import { readText } from "./read-text.ts";

/** Where an inventory comes from: a file (`-` is standard input), or the output of a stack; with neither, of the stack that is selected. */
export interface InventorySource {
  readonly file?: string | undefined;
  readonly stack?: string | undefined;
}

/**
 * The inventory of a network.
 *
 * @throws CliError when there is none or it is not one of this version
 */
export async function loadInventory({ file, stack }: InventorySource): Promise<Inventory> {
  const [text, where] =
    file === undefined ? await stackOutput(stack) : ([readText(file), file === "-" ? "standard input" : file] as const);
  const json = parseJson(text);
  if (json === undefined) throw new CliError(`${where} is no JSON. Name what 'anycast inventory' printed`);
  const parsed = inventorySchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new CliError(`${where} is no inventory of this version: ${firstIssues(parsed.error)}`);
}

/** Lines about issues that are shown: two for each. */
const SHOWN_LINES = 10;

function firstIssues(error: z.ZodError): string {
  const lines = z.prettifyError(error).split("\n");
  const more = lines.length > SHOWN_LINES ? ["  …"] : [];
  return [...lines.slice(0, SHOWN_LINES), ...more].join("\n");
}

async function stackOutput(stack: string | undefined): Promise<readonly [text: string, where: string]> {
  const which = stack === undefined ? "the selected stack" : `stack '${stack}'`;
  const { exitCode, stdout, stderr, code } = await execa(
    "pulumi",
    ["stack", "output", "inventory", "--json", "--non-interactive", ...(stack === undefined ? [] : ["--stack", stack])],
    { reject: false, stdin: "ignore" },
  );
  if (code === "ENOENT")
    throw new CliError("there is no pulumi on PATH: install it, or give the inventory with --file");
  if (exitCode !== 0) {
    const said = plainText(stderr)
      .trim()
      .replace(/^error: /, "");
    throw new CliError(
      `${which} has no inventory: ${said}. Deploy it (pulumi up), or name another with --stack; where the first 'pulumi up' broke off, run anycast-agent on the hosts`,
    );
  }
  return [stdout, `the inventory of ${which}`];
}
