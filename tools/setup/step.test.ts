import { expect, test } from "vitest";
import { runStep, type Step, type Terminal } from "./step.ts";

function terminal(isTTY: boolean): Terminal & { text: string } {
  return {
    isTTY,
    columns: 40,
    text: "",
    write(text: string) {
      this.text += text;
    },
  };
}

const step = (changes: Partial<Step> = {}): Step => ({
  title: "Thing",
  needed: async () => true,
  run: async () => undefined,
  ...changes,
});

async function failing(): Promise<undefined> {
  throw new Error("no network");
}

test("nothing is run nor printed when nothing is needed", async () => {
  const out = terminal(true);
  await runStep(step({ needed: async () => false, run: failing }), out);
  expect(out.text).toBe("");
});

test("where there is no terminal: a plain line with the duration and the remark", async () => {
  const out = terminal(false);
  await runStep(step({ run: async () => "as new" }), out);
  expect(out.text).toMatch(/^ok {2}Thing {2}\d+\.\d s {2}\(as new\)\n$/);
});

test("on a terminal: progress on one line that fits, then replaced by the result", async () => {
  const out = terminal(true);
  const run: Step["run"] = async (progress) => {
    progress(`working ${"x".repeat(100)}`);
    await expect.poll(() => out.text).toContain("working xxx");
    return undefined;
  };
  await runStep(step({ run }), out);
  const shown = out.text.split("\r\u001B[K");
  expect(Math.max(...shown.map((line) => line.length))).toBeLessThanOrEqual(40);
  expect(shown.at(-1)).toMatch(/Thing {2}\d+\.\d s\n$/);
});

test("a step that fails says so and passes its error on", async () => {
  const out = terminal(false);
  await expect(runStep(step({ run: failing }), out)).rejects.toThrow("no network");
  expect(out.text).toMatch(/^no {2}Thing {2}\d+\.\d s\n$/);
});
