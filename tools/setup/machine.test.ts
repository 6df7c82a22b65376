import { expect, test } from "vitest";
import { spaceComplaint } from "./machine.ts";

test("too little room on the disk is said with what was found and what is needed", () => {
  expect(spaceComplaint("/home/me/.cache", 1.26e9)).toBe(
    "The disk of /home/me/.cache has 1.3 GB free and the set-up needs 5.0 GB: make room and run it again.",
  );
  expect(spaceComplaint("/home/me/.cache", 5e9)).toBeUndefined();
});
