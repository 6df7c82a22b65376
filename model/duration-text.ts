const UNITS: readonly (readonly [milliseconds: number, unit: string])[] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1000, "s"],
];

/** A duration in its two largest units, as in `2 h 5 min`, `12 s`, `900 ms`. */
export function duration(milliseconds: number): string {
  const index = UNITS.findIndex(([size]) => milliseconds >= size);
  const [size, unit] = UNITS[index] ?? [];
  if (size === undefined || unit === undefined) return `${Math.round(milliseconds)} ms`;
  const whole = `${Math.floor(milliseconds / size)} ${unit}`;
  const [nextSize, nextUnit] = UNITS[index + 1] ?? [];
  if (nextSize === undefined || nextUnit === undefined) return whole;
  const rest = Math.floor((milliseconds % size) / nextSize);
  return rest === 0 ? whole : `${whole} ${rest} ${nextUnit}`;
}
