/** A moment in ISO 8601 as people read it, as in `2026-01-02 03:04:05Z`. */
export function moment(iso: string): string {
  return iso.replace("T", " ").replace(/\.\d+Z$/, "Z");
}
