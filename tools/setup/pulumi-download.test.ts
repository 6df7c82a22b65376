import { expect, test } from "vitest";
import { publishedChecksum } from "./pulumi-download.ts";

const list = "aaa  pulumi-v3.250.0-linux-arm64.tar.gz\nbbb *pulumi-v3.250.0-linux-x64.tar.gz\n";

test("the checksum of a file, in text and binary mode", () => {
  expect(publishedChecksum(list, "pulumi-v3.250.0-linux-arm64.tar.gz")).toBe("aaa");
  expect(publishedChecksum(list, "pulumi-v3.250.0-linux-x64.tar.gz")).toBe("bbb");
});

test("a file that is not in the list has none", () => {
  expect(publishedChecksum(list, "pulumi-v3.250.0-linux-riscv64.tar.gz")).toBeUndefined();
});
