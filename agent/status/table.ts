/** Rows with their columns aligned, two spaces apart; the last column ends where its text does. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...rows.map((row) => shownLength(row[column] ?? ""))),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - shownLength(cell)))
      .join("  ")
      .trimEnd(),
  );
}

/** The length of a text as it is seen: a color takes no room. */
function shownLength(text: string): number {
  // eslint-disable-next-line no-control-regex -- the escape character is what a color starts with.
  return text.replaceAll(/\u001b\[\d+m/g, "").length;
}
