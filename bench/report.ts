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
  /** When the measurement was given up: a figure as large as this is a lower bound. Default: all ended by themselves. */
  limit?: number;
  /** The most that ours is to need. Default: no target. */
  target?: Target;
}

/** The most that a row's figures are to be. Default: any. */
export interface Target {
  median?: number;
  max?: number;
}

/** A finished benchmark. */
export interface Report {
  name: string;
  rows: Row[];
  /** What a reader has to know about the figures, a sentence each. Default: nothing. */
  notes?: string[];
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

/** The report as a table. Each row of another subject has the ratio of ours to it, each of ours the ratio to the best of several others. */
export function table({ rows, notes = [] }: Report): string {
  const withTargets = rows.some(({ target }) => target !== undefined);
  const text = new Table({
    head: ["scenario", "subject", "min", "median", "max", "unit", "ours / this", ...(withTargets ? ["target"] : [])],
    style: { head: [], border: [] },
  });
  for (const each of rows) {
    const { scenario, subject, min, median, max, unit } = each;
    const figures = [min, median, max].map((figure) => (figure === each.limit ? `> ${figure}` : figure));
    const target = withTargets ? [targetText(each)] : [];
    text.push([scenario, subject, ...figures, unit, ratioText(each, rows), ...target]);
  }
  return [text.toString(), ...notes].join("\n");
}

function ratioText({ subject, scenario, median }: Row, rows: readonly Row[]): string {
  const same = rows.filter((other) => other.scenario === scenario);
  if (subject !== "ours") {
    const ours = same.find((other) => other.subject === "ours");
    return ours === undefined ? "" : ratio(ours.median, median);
  }
  const others = same.filter((other) => other.subject !== "ours").map((other) => other.median);
  return others.length < 2 ? "" : `${ratio(median, Math.min(...others))} (best)`;
}

function ratio(ours: number, other: number): string {
  return other === 0 ? "–" : (ours / other).toFixed(2);
}

function targetText({ target, median, max }: Row): string {
  if (target === undefined) return "";
  const parts = [
    ["median", target.median, median],
    ["max", target.max, max],
  ] as const;
  const wanted = parts.flatMap(([name, most]) => (most === undefined ? [] : [`${name} ≤ ${most}`])).join(", ");
  const met = parts.every(([, most, figure]) => most === undefined || figure <= most);
  return `${wanted}: ${met ? "met" : "MISSED"}`;
}
