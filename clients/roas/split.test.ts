import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ObjectSplitter } from "./split.ts";

/** The entries of `list` and the object `member`, from a text that arrives in pieces. */
function split(text: string, pieces: readonly number[] = []): { entries: unknown[]; member: unknown } {
  const entries: unknown[] = [];
  let member: unknown;
  const splitter = new ObjectSplitter({
    list: "list",
    onEntry: (entry) => entries.push(JSON.parse(entry)),
    member: "member",
    onMember: (whole) => (member = JSON.parse(whole)),
  });
  const octets = Buffer.from(text);
  const cuts = [...pieces.map((cut) => cut % (octets.length + 1)), octets.length].toSorted((a, b) => a - b);
  let from = 0;
  for (const cut of cuts) {
    splitter.push(octets.subarray(from, cut));
    from = cut;
  }
  splitter.end();
  return { entries, member };
}

test("wherever the pieces end, and whatever else is there, the entries are those of JSON.parse", () => {
  const object = fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue());
  fc.assert(
    fc.property(
      fc.array(object),
      object,
      fc.dictionary(
        fc.string().filter((name) => name !== "list" && name !== "member"),
        fc.jsonValue(),
      ),
      fc.boolean(),
      fc.array(fc.nat(5000)),
      (list, member, others, pretty, pieces) => {
        const text = JSON.stringify(
          { first: "list", ...others, member, list, last: { list: [{ no: 1 }] } },
          null,
          pretty ? 2 : 0,
        );
        const parsed = JSON.parse(text) as Record<string, unknown>;
        expect(split(text, pieces)).toEqual({ entries: parsed["list"], member: parsed["member"] });
      },
    ),
  );
});

describe("what is of another form is said", () => {
  test.each([
    ["", "it is empty"],
    ["<html>", "it is no JSON object"],
    ['[{"list": []}]', "it is no JSON object"],
    ['{"list": []} {}', "it is no JSON object"],
    ['{"list": [{"a": 1}', "it ends in the middle"],
    ['{"list": [{"a": "', "it ends in the middle"],
    ['{"other": []}', "it has no list `list`"],
    ['{"list": {"a": []}}', "it has no list `list`"],
    ['{"list": [{}, 7]}', "its list has an entry that is no object"],
    ['{"list": [[]]}', "its list has an entry that is no object"],
  ])("%j", (text, message) => {
    expect(() => split(text)).toThrow(message);
  });

  test("an entry without an end is not collected for ever", () => {
    expect(() => split(`{"list": [{"a": "${"x".repeat(300_000)}`)).toThrow("an entry of more than 256 KiB");
  });
});
