import Table from "cli-table3";

/** One line of a benchmark. */
export interface Row {
  /** `ours`, or the name of what a user would pick instead. */
  subject: string;
  scenario: string;
  min: number;
  median: number;
  max: number;
  unit: string;
}

/** A finished benchmark. */
export interface Report {
  name: string;
  rows: Row[];
}

/** A row from single measurements. */
export function row(subject: string, scenario: string, values: readonly number[], unit: string): Row {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => Math.round((sorted[index] ?? Number.NaN) * 10) / 10;
  return {
    subject,
    scenario,
    min: at(0),
    median: at(Math.floor((sorted.length - 1) / 2)),
    max: at(sorted.length - 1),
    unit,
  };
}

/** The report as a table; each row of another subject is followed by the ratio of ours to it. */
export function table({ rows }: Report): string {
  const text = new Table({
    head: ["scenario", "subject", "min", "median", "max", "unit", "ours / this"],
    style: { head: [], border: [] },
  });
  for (const { scenario, subject, min, median, max, unit } of rows) {
    const ours = rows.find((other) => other.subject === "ours" && other.scenario === scenario);
    const ratio = subject === "ours" || ours === undefined ? "" : (ours.median / median).toFixed(2);
    text.push([scenario, subject, min, median, max, unit, ratio]);
  }
  return text.toString();
}
