import { expect, test } from "vitest";
import { delayAfter, retry } from "./retry.ts";

test("the delays grow by half from 100 ms to 5 s", () => {
  const delays = [1, 2, 3, 10, 11, 100].map((failures) => Math.round(delayAfter(failures)));
  expect(delays).toEqual([100, 150, 225, 3844, 5000, 5000]);
});

function failing(times: number) {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls <= times) throw new Error(`failure ${calls}`);
    return calls;
  };
}

test.each([
  ["-1", 2, -1, 3, ["Dial 1/inf failed: retrying", "Dial 2/inf failed: retrying"]],
  ["enough", 1, 1, 2, ["Dial 1/1 failed: retrying"]],
])("with a limit that is %s it ends with success", async (_name, failures, limit, calls, messages) => {
  const told: string[] = [];
  const options = { what: "Dial", limit, signal: new AbortController().signal };
  const result = await retry(failing(failures), { ...options, onRetry: (message) => told.push(message) });
  expect([result, told]).toEqual([calls, messages]);
});

test.each([
  [0, "after 0 failed attempts: failure 1"],
  [2, "after 2 failed attempts: failure 3"],
])("gives up after the failure that follows %i", async (limit, message) => {
  const options = { what: "Dial", limit, onRetry: () => {}, signal: new AbortController().signal };
  await expect(retry(failing(9), options)).rejects.toThrow(message);
});

test("stops to wait when it is cancelled", async () => {
  const cancelled = new AbortController();
  const options = { what: "Dial", limit: -1, onRetry: () => cancelled.abort(), signal: cancelled.signal };
  await expect(retry(failing(9), options)).rejects.toThrow("context canceled");
});
