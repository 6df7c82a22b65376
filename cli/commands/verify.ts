import { Command } from "commander";
import { loadInventory } from "../inventory.ts";
import { isAsApplied, verifiedText, verifySites } from "../verify.ts";
import { withFleet, type FleetOptions } from "./shared.ts";

/** `anycast verify`: exit status 1 when a host is not as it was applied, or cannot be asked. */
export function verifyCommand(): Command {
  return withFleet(new Command("verify"))
    .description("compare every host with what was applied to it: each file, and what runs by them; changes nothing")
    .option("--json", "print {sites: [{site, drift} or {site, problem}]}")
    .addHelpText(
      "after",
      `
Of files with secrets it says only that they differ.

Exit status: 0 all hosts are as applied, 1 one is not or cannot be asked, 2 wrong use.

Example:
  anycast verify --stack prod`,
    )
    .action(async (options: FleetOptions & { readonly json?: boolean }) => {
      const sites = await verifySites(await loadInventory(options), options.identity);
      console.log(options.json === true ? JSON.stringify({ sites }) : verifiedText(sites));
      process.exitCode = sites.every(isAsApplied) ? 0 : 1;
    });
}
