/** The labels of a sample: names to values. A metric's samples have the same names, in the same order. */
export type Labels = Readonly<Record<string, string>>;

/** A metric in Prometheus' text format: it knows its samples and writes them down. */
export interface Metric {
  render(): string;
}

/** A value that only grows. */
export class Counter implements Metric {
  private readonly name: string;
  private readonly help: string;
  private readonly samples = new Map<string, { readonly labels: Labels; value: number }>();

  /** @param name ends in `_total` */
  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  add(labels: Labels, value = 1): void {
    const key = keyOf(labels);
    const sample = this.samples.get(key);
    if (sample === undefined) this.samples.set(key, { labels, value });
    else sample.value += value;
  }

  render(): string {
    return family(
      this.name,
      "counter",
      this.help,
      [...this.samples.values()].map(({ labels, value }) => [labels, value]),
    );
  }
}

/** How often a value was at most so large. */
export class Histogram implements Metric {
  private readonly name: string;
  private readonly help: string;
  private readonly bounds: readonly number[];
  private readonly samples = new Map<string, { readonly labels: Labels; readonly counts: number[]; sum: number }>();

  /** @param bounds of the buckets, ascending, without the infinite one */
  constructor(name: string, help: string, bounds: readonly number[]) {
    this.name = name;
    this.help = help;
    this.bounds = bounds;
  }

  observe(labels: Labels, value: number): void {
    const key = keyOf(labels);
    const sample = this.samples.get(key) ?? {
      labels,
      counts: Array.from({ length: this.bounds.length + 1 }, () => 0),
      sum: 0,
    };
    this.samples.set(key, sample);
    const index = this.bounds.findIndex((bound) => value <= bound);
    const bucket = index === -1 ? this.bounds.length : index;
    sample.counts[bucket] = (sample.counts[bucket] ?? 0) + 1;
    sample.sum += value;
  }

  render(): string {
    const lines = [...this.samples.values()].flatMap(({ labels, counts, sum }) => {
      let total = 0;
      const buckets = counts.map((count, index) => {
        total += count;
        return line(`${this.name}_bucket`, { ...labels, le: number(this.bounds[index] ?? Infinity) }, total);
      });
      return [...buckets, line(`${this.name}_sum`, labels, sum), line(`${this.name}_count`, labels, total)];
    });
    return text(this.name, "histogram", this.help, lines);
  }
}

/** A metric of values as they are at this moment; nothing when there is none. */
export function family(
  name: string,
  type: "gauge" | "counter",
  help: string,
  samples: readonly (readonly [labels: Labels, value: number])[],
): string {
  return text(
    name,
    type,
    help,
    samples.map(([labels, value]) => line(name, labels, value)),
  );
}

function text(name: string, type: string, help: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, of]) => `${label}="${escaped(of)}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${number(value)}`;
}

function number(value: number): string {
  return value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value);
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function keyOf(labels: Labels): string {
  return Object.values(labels).join("\u0000");
}
