import Table from "cli-table3";
import { Command } from "commander";
import pc from "picocolors";
import { askSites, announcing, type FoundSite } from "../fleet.ts";
import { loadInventory } from "../inventory.ts";
import { oneLine } from "../plain-text.ts";
import { duration as durationText } from "../../model/duration-text.ts";
import { moment } from "../../model/moment.ts";
import type { Inventory } from "../../model/inventory.ts";
import { isAsMeant, meantAndSo, meantAndSoText, type SiteStatus } from "../../model/site-status.ts";
import { withFleet, type FleetOptions } from "./shared.ts";

/** `anycast status`: exit status 1 when a site cannot be asked, something is not as it is meant, or a prefix is below its floor. */
export function statusCommand(): Command {
  return withFleet(new Command("status"))
    .description("ask every site's agent what it announces, and why")
    .option("--json", "for programs")
    .addHelpText(
      "after",
      "\nExit status: 0 all is as it is meant, 1 it is not, 2 wrong use.\n\nExample:\n  anycast status --stack prod",
    )
    .action(async (options: FleetOptions & { readonly json?: boolean }) => {
      const inventory = await loadInventory(options);
      const found = await askSites(inventory, options.identity);
      const troubles = troublesOf(inventory, found);
      const json = {
        prefixes: inventory.prefixes.map((cidr) => ({
          cidr,
          floor: inventory.floor,
          announcing: announcing(found, cidr),
        })),
        sites: Object.fromEntries(
          found.map((each) => [each.site.name, "status" in each ? each.status : { problem: each.problem }]),
        ),
        troubles,
      };
      console.log(options.json === true ? JSON.stringify(json) : text(inventory, found, troubles));
      process.exitCode = troubles.length === 0 ? 0 : 1;
    });
}

/** What is not as it is meant, a line each. */
export function troublesOf(inventory: Inventory, found: readonly FoundSite[]): string[] {
  return [
    ...inventory.prefixes.flatMap((cidr) => {
      const sites = announcing(found, cidr);
      if (sites.length < inventory.floor)
        return [`${cidr} is announced by ${sites.length} sites, below its floor of ${inventory.floor}`];
      return announcing(found, cidr, "full").length === 0 ? [`${cidr} is announced in full by no site`] : [];
    }),
    ...found.flatMap((each) => {
      if ("problem" in each) return [`${each.site.name}: ${each.problem}`];
      const { status, site } = each;
      const isAsDeployed = status.applied === null || status.applied === site.manifestDigest;
      return [
        ...(isAsDeployed
          ? []
          : [`${site.name}: what it runs is not what the stack applied last: see 'anycast history ${site.name}'`]),
        ...status.alarms.map(({ about, problem }) => `${site.name}: ${about}: ${problem}`),
        ...status.prefixes
          .filter((prefix) => prefix.wanted === "withdrawn" || !isAsMeant(meantAndSo(status, prefix)))
          .map(
            (prefix) =>
              `${site.name}: ${prefix.cidr} is ${meantAndSoText(meantAndSo(status, prefix))}: ${prefix.cause}`,
          ),
        ...status.sessions
          .filter(({ state }) => state !== "Established")
          .map(({ neighbor, state }) => `${site.name}: the session with ${neighbor} is ${state ?? "not known"}`),
      ];
    }),
  ];
}

function text(inventory: Inventory, found: readonly FoundSite[], troubles: readonly string[]): string {
  const table = new Table({
    head: ["site", ...inventory.prefixes, "sessions", "held, drained, frozen"],
    style: { head: [], border: [] },
  });
  for (const each of found) {
    if ("problem" in each) {
      table.push([
        each.site.name,
        { colSpan: inventory.prefixes.length + 2, content: pc.red(oneLine(each.problem, 120)) },
      ]);
      continue;
    }
    const { prefixes, sessions } = each.status;
    const up = sessions.filter(({ state }) => state === "Established").length;
    table.push([
      each.site.name,
      ...inventory.prefixes.map((cidr) => {
        const prefix = prefixes.find((one) => one.cidr === cidr);
        return prefix === undefined ? "?" : meantAndSoText(meantAndSo(each.status, prefix));
      }),
      `${up}/${sessions.length}`,
      oneLine(intentOf(each.status).join("; ")),
    ]);
  }
  const floors = inventory.prefixes.map(
    (cidr) =>
      `${cidr}: announced by ${announcing(found, cidr).length} of ${found.length} sites (floor ${inventory.floor})`,
  );
  return [table.toString(), ...floors, ...troubles.map((line) => pc.red(`! ${oneLine(line)}`))].join("\n");
}

/** What changes what the checks alone would lead to: an apply, people, and the configuration. */
export function intentOf({ held, state, drain, withdrawal, freeze }: SiteStatus, now = Date.now()): string[] {
  return [
    ...(held === null ? [] : [`held: ${held}`]),
    ...(withdrawal === null ? [] : [byHand("withdrawn", withdrawal, now)]),
    ...(drain === null ? [] : [byHand("drained", drain, now)]),
    ...(state === "drained" ? ["drained by configuration"] : []),
    ...(freeze === null ? [] : [`frozen: ${freeze.reason}`]),
  ];
}

/** As in `drained by hand for 2 h 5 min: new line card (ann), until 2026-01-02 03:04:05Z`. */
function byHand(state: string, { reason, by, since, until }: NonNullable<SiteStatus["drain"]>, now: number): string {
  const age = durationText(Math.max(0, now - Date.parse(since)));
  const end = until === null ? "" : `, until ${moment(until)}`;
  return `${state} by hand for ${age}: ${reason}${by === null ? "" : ` (${by})`}${end}`;
}
