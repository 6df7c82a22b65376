import { Command } from "commander";
import { benchLab } from "./lab.ts";
import { benchPreview } from "./preview.ts";
import { table, type Report } from "./report.ts";

const BENCHES: Record<string, (progress: (line: string) => void) => Promise<Report>> = {
  lab: benchLab,
  preview: benchPreview,
};

await new Command("npm run bench --")
  .description("Measures, and prints what was measured beside what a user would pick instead.")
  .argument("<name>", `one of: ${Object.keys(BENCHES).join(", ")}`)
  .option("--json", "print {name, rows: [{subject, scenario, min, median, max, unit}]}")
  .action(async (name: string, { json }: { json?: boolean }, command: Command) => {
    const bench = BENCHES[name];
    if (bench === undefined)
      return command.error(`There is no benchmark '${name}'. There are: ${Object.keys(BENCHES).join(", ")}`, {
        exitCode: 2,
      });
    const report = await bench((line) => console.error(line));
    console.log(json === true ? JSON.stringify(report) : table(report));
  })
  .parseAsync();
