import { expect, test } from "vitest";
import { findProject, stackFile, stackOf } from "./project.ts";

const FILES: Readonly<Record<string, string>> = {
  "/a/Pulumi.yaml": "name: anycast\nstackConfigDir: stacks\n",
  "/b/Pulumi.yml": "name: other\n",
  "/c/Pulumi.yaml": "runtime: nodejs\n",
  "/d/Pulumi.yaml": "name: x\n\tmain: y\n",
};

const find = (folder: string) => findProject(folder, (path) => FILES[path]);

test.each([
  ["/a", "prod", "/a/stacks/Pulumi.prod.yaml"],
  ["/a/stacks/zones", "acme/prod", "/a/stacks/Pulumi.prod.yaml"],
  ["/a", "acme/anycast/prod", "/a/stacks/Pulumi.prod.yaml"],
  ["/b/x", "prod", "/b/Pulumi.prod.yml"],
])("in %s, the file of %s is %s", (folder, stack, file) => {
  expect(stackFile(find(folder)!, stack)).toBe(file);
});

test("outside of a project there is none", () => {
  expect(find("/e/f")).toBeUndefined();
});

test.each([
  ["/c", "/c/Pulumi.yaml: a project needs a `name`. Add it"],
  ["/d", "/d/Pulumi.yaml:2:1: a tab is not allowed here. Use spaces"],
])("the project in %s is refused: %s", (folder, message) => {
  expect(() => find(folder)).toThrow(message);
});

test.each([
  ["Pulumi.prod.yaml", "prod"],
  ["Pulumi.eu.prod.yaml", "eu.prod"],
  ["Pulumi.yaml", undefined],
  ["Pulumi.prod.deploy.yaml", undefined],
  ["Pulumi.prod.yml", undefined],
  ["zones", undefined],
])("%s is the file of %s", (name, stack) => {
  expect(stackOf(find("/a")!, name)).toBe(stack);
});
