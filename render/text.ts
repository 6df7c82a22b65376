/** The first line of every file of ours on a host: whose it is and where to change it. */
export function header(site: string): string {
  return `# Made by pulumi-anycast for site ${site}. The next apply overwrites it: change the stack file, not this file.`;
}

/** A file's text: lines and paragraphs (arrays of lines) with a blank line between paragraphs, empty ones left out, and a final newline. */
export function paragraphs(...blocks: readonly (readonly string[])[]): string {
  const texts = blocks.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return `${texts.join("\n\n")}\n`;
}

/** `head {`, the lines one step deeper, `}`: a block of BIRD or nftables. */
export function block(head: string, lines: readonly string[]): string[] {
  return [`${head} {`, ...indent(lines), "}"];
}

/** The lines two columns to the right; empty ones stay empty. */
export function indent(lines: readonly string[]): string[] {
  return lines.map((line) => (line === "" ? "" : `  ${line}`));
}
