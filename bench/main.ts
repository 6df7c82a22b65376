import { Command } from "commander";
import { benchAgent, type AgentBenchOptions } from "./agent/run.ts";
import { benchDeploy } from "./deploy/run.ts";
import { benchLab } from "./lab.ts";
import { benchPreview } from "./preview.ts";
import { table, type Report } from "./report.ts";
import { benchUpgrade } from "./upgrade/run.ts";

type Bench = (progress: (line: string) => void, options: AgentBenchOptions) => Promise<Report>;

const BENCHES: Record<string, Bench> = {
  agent: benchAgent,
  deploy: benchDeploy,
  lab: benchLab,
  preview: benchPreview,
  upgrade: benchUpgrade,
};

await new Command("npm run bench --")
  .description("Measures, and prints what was measured beside what a user would pick instead.")
  .argument("<name>", `one of: ${Object.keys(BENCHES).join(", ")}`)
  .option("--json", "print {name, rows: [{subject, scenario, min, median, max, unit}]}")
  .option("--only <scenario...>", "agent: only the scenarios whose names begin so")
  .option("--times <n>", "agent: repetitions of what is quick (default: 20)", Number)
  .option("--long", "agent: watch the growth of memory for 30 minutes")
  .action(async (name: string, options: AgentBenchOptions & { json?: boolean }, command: Command) => {
    const bench = BENCHES[name];
    if (bench === undefined)
      return command.error(`There is no benchmark '${name}'. There are: ${Object.keys(BENCHES).join(", ")}`, {
        exitCode: 2,
      });
    const report = await bench((line) => console.error(line), options);
    console.log(options.json === true ? JSON.stringify(report) : table(report));
  })
  .parseAsync();
