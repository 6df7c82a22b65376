import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { birdSnippet } from "../../agent/bird/snippet.ts";
import { agentConfigSchema } from "../../model/agent-config.ts";
import { birdReaderFiles } from "../../render/bird-reader.ts";
import { agentUnit } from "../../render/units.ts";

const text = readFileSync(join(import.meta.dirname, "../../docs/agent.md"), "utf8");
const blocks = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language, body]) => ({
  language,
  body: body ?? "",
}));
const config = agentConfigSchema.parse(JSON.parse(blocks.find(({ language }) => language === "json")!.body));

const bodyOf = (unit: string): string => unit.split("\n").slice(2).join("\n");

/** What a stranger copies from the documentation is what the program makes. */
test("docs/agent.md shows the units as they are", () => {
  // Without the line that says who made them.
  const shown = blocks.map(({ body }) => body);
  expect(shown).toContain(bodyOf(agentUnit("any")));
  for (const [path, unit] of Object.entries(birdReaderFiles("any"))) {
    expect(text).toContain(`\`${path}\``);
    expect(shown).toContain(bodyOf(unit));
  }
});

test("docs/agent.md shows what `bird` prints for its configuration", () => {
  expect(blocks.map(({ body }) => body)).toContain(birdSnippet(config));
});

test("docs/agent.md knows every kind of check", () => {
  const table = text.slice(text.indexOf("| kind"), text.indexOf("## Metrics"));
  for (const kind of ["dns", "http", "https", "tcp", "udp", "icmp", "ntp", "command", "file", "unit"])
    expect(table).toContain(`\`${kind}\``);
});
