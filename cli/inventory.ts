import { readFileSync } from "node:fs";
import { execa } from "execa";
import { z } from "zod";
import { inventorySchema, type Inventory } from "../model/inventory.ts";
import { CliError } from "./cli-error.ts";

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
    file === undefined ? await stackOutput(stack) : ([readFileSync(file === "-" ? 0 : file, "utf8"), file] as const);
  const parsed = inventorySchema.safeParse(parseJson(text, where));
  if (parsed.success) return parsed.data;
  throw new CliError(`${where} is no inventory of this version: ${z.prettifyError(parsed.error)}`);
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CliError(`${where} is no JSON`);
  }
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
    const said = stderr.trim().replace(/^error: /, "");
    throw new CliError(`${which} has no inventory: ${said}. Deploy it first (pulumi up), or name another with --stack`);
  }
  return [stdout, `the inventory of ${which}`];
}
