import { describe, expect, test } from "vitest";
import { readYaml } from "../../model/stack-file/yaml.ts";
import { YamlError } from "../../model/stack-file/syntax.ts";
import { READ, REFUSED } from "./readings.ts";

describe("a stack file is read as Pulumi reads it", () => {
  test.each(READ)("%j is %j", (yaml, json) => {
    expect(readYaml(`config:\n  t:v:\n    v: ${yaml}\n`).value).toEqual({ config: { "t:v": { v: json } } });
  });

  test.each(REFUSED)("%j is refused", (yaml) => {
    expect(() => readYaml(`config:\n  t:v:\n    v: ${yaml}\n`)).toThrow(YamlError);
  });
});
