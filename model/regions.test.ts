import { expect, test } from "vitest";
import { meantRegion, REGIONS } from "./regions.ts";

test("every region has a name and a place", () => {
  for (const regions of Object.values(REGIONS))
    for (const { code, city, latitude, longitude } of regions.values()) {
      expect(city, code).not.toBe("");
      expect(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180, code).toBe(true);
    }
});

test.each([
  ["a city", "Tokyo", "nrt"],
  ["the code that another provider uses for the place", "tyo", "nrt"],
  ["a slip of the pen", "amd", "ams"],
  ["the code of the lab's metro", "lon", "lhr"],
])("%s is understood", (_name, text, code) => {
  expect(meantRegion(text, REGIONS.vultr)?.code).toBe(code);
});
