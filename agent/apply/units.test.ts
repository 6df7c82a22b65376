import { expect, test } from "vitest";
import { untilSettled } from "./units.ts";

test("what systemd is about to start is waited for", async () => {
  const shown = ["\n\nJob=12\n\nJob=14\n", "\n\n\nJob=14\n", "\n\n\n\n"];
  const asked: (readonly string[])[] = [];
  await untilSettled(async (argv) => {
    asked.push(argv);
    return { status: 0, stdout: shown[asked.length - 1] ?? "", stderr: "" };
  });
  expect(asked).toHaveLength(shown.length);
  expect(asked[0]?.slice(0, 3)).toEqual(["systemctl", "show", "--property=Job"]);
});
