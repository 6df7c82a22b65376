import { describe, expect, test } from "vitest";
import { AgentError } from "../error.ts";
import { requestOf, type OrderName } from "./orders.ts";
import { parseRequest, type Request } from "./protocol.ts";

test.each<[OrderName, string[], Request]>([
  ["drain", ["--reason", "new line"], { command: "drain", reason: "new line", by: "ann", lasts: null }],
  ["drain", ["--for", "2h", "--reason=x"], { command: "drain", reason: "x", by: "ann", lasts: 7_200_000 }],
  ["drain", ["--reason", "x", "--by", "bob@ops"], { command: "drain", reason: "x", by: "bob@ops", lasts: null }],
  ["undrain", ["--by", "bob@ops"], { command: "undrain", reason: "by hand", by: "bob@ops" }],
  ["withdraw", ["--for", "1d", "--reason=x"], { command: "withdraw", reason: "x", by: "ann", lasts: 86_400_000 }],
  ["announce", [], { command: "announce", reason: "by hand", by: "ann" }],
  ["undrain", [], { command: "undrain", reason: "by hand", by: "ann" }],
  ["freeze", ["--reason", "night"], { command: "freeze", reason: "night", by: "ann" }],
  ["thaw", [], { command: "thaw", reason: "by hand", by: "ann" }],
  ["reset", [], { command: "reset", reason: "by hand", by: "ann" }],
])("%s %j", (name, args, request) => {
  expect(requestOf(name, args, "ann")).toEqual(request);
  expect(parseRequest(JSON.stringify(request))).toEqual(request);
});

describe("refused:", () => {
  test.each<[OrderName, string[], string]>([
    [
      "drain",
      [],
      "--reason is required: it is shown to other operators\nUsage: anycast-agent drain --reason TEXT [--for DURATION] [--never-full] [--by WHO]",
    ],
    ["drain", ["--reason", " "], "--reason is required"],
    ["drain", ["--reason", "x", "--for", "2"], "--for: '2' is no duration: write a positive number and a unit"],
    ["withdraw", [], "--reason is required"],
    ["announce", ["now"], "Unexpected argument 'now'"],
    ["drain", ["--until", "x"], "Unknown option '--until'"],
    ["drain", ["x"], "Unexpected argument 'x'"],
    ["freeze", ["--reason", "x", "--for", "2h"], "Unknown option '--for'"],
    ["thaw", ["now"], "Unexpected argument 'now'"],
    [
      "allow-below-floor",
      ["--reason", "x"],
      "name the prefix first\nUsage: anycast-agent allow-below-floor PREFIX --reason TEXT [--by WHO]",
    ],
    ["allow-below-floor", ["203.0.113.0/24"], "--reason is required"],
  ])("%s %j: %s", (name, args, message) => {
    const order = (): Request => requestOf(name, args, null);
    expect(order).toThrow(AgentError);
    expect(order).toThrow(message);
  });

  test.each([
    ['{"command":"explode"}', `there is no command "explode"`],
    ["null", "there is no command undefined"],
    ["[]", "there is no command undefined"],
    ['{"command":"hold"}', "'reason' must be some text"],
    ['{"command":"drain","reason":"x","by":null}', "'lasts' must be milliseconds, or null"],
    ['{"command":"drain","reason":"x","by":null,"lasts":-1}', "'lasts' must be milliseconds, or null"],
    ['{"command":"allow-below-floor","reason":"x","by":null}', "'prefix' must be some text"],
    ['{"command":"freeze","reason":"x"}', "'by' must be some text"],
  ])("%s", (line, message) => {
    expect(() => parseRequest(line)).toThrow(message);
  });
});
