import { Command } from "commander";
import { askRoas } from "../../clients/roas/ask.ts";
import { askCosts } from "../costs.ts";
import { renderedDiff } from "../diff/markdown.ts";
import { renderStack } from "../render.ts";
import { readRendered, writeRendered } from "../rendered.ts";
import { stackOption } from "./shared.ts";

/** `anycast render`. */
export function renderCommand(): Command {
  return new Command("render")
    .description("write all files of every site as the stack file alone tells them; asks no host and no provider")
    .addOption(stackOption())
    .requiredOption(
      "-o, --out <folder>",
      "where to: OUT/sites/<site>/etc/bird/bird.conf and so on, and OUT/network.json",
    )
    .addHelpText(
      "after",
      `
Of a host that is yet to be made, 192.0.2.1 and 2001:db8::1 stand for the addresses. Passwords are in no file.

Examples:
  anycast render --stack prod --out rendered
  anycast render --stack prod --out before && git switch change && anycast render --stack prod --out after
  diff -ru before after`,
    )
    .action(({ stack, out }: { readonly stack: string; readonly out: string }) => {
      const rendered = renderStack(stack, process.env);
      writeRendered(out, rendered);
      const files = Object.values(rendered.sites).reduce((sum, site) => sum + Object.keys(site).length, 0);
      console.log(`${files} files of ${Object.keys(rendered.sites).length} sites are in ${out}`);
    });
}

/** `anycast diff`. */
export function diffCommand(): Command {
  return new Command("diff")
    .description(
      "compare two folders of 'anycast render': who announces what, what the ROAs say about it, what a month costs, and every changed line, as Markdown",
    )
    .argument("<before>", "a folder of 'anycast render'; an empty one for a network that was not there")
    .argument("<after>")
    .addHelpText(
      "after",
      "\nThe same change at several sites is shown once. Exit status 1: by the ROAs (rpki.vrps), 'pulumi up' would refuse AFTER.\n\nExample:\n  anycast diff before after",
    )
    .action(async (before: string, after: string) => {
      const [then, now] = [readRendered(before), readRendered(after)];
      const costs = await askCosts(then?.network, now?.network, process.env);
      const roas = now?.network.rpki === undefined ? [] : await askRoas(now.network);
      process.stdout.write(renderedDiff(then, now, { costs, roas }));
      if (roas.some(({ status }) => status === "problem")) process.exitCode = 1;
    });
}
