import { describe, expect, it } from "vitest";
import { PATHS } from "../model/paths.ts";
import { secretsSchema } from "../model/manifest.ts";
import { HOST } from "./network-arbitrary.ts";
import { renderSecrets } from "./secrets.ts";

const passwords = (password: string) => Object.fromEntries(HOST.neighbors.map(({ address }) => [address, password]));

describe("the file of passwords", () => {
  it("defines one for each neighbor that has one, readable by root and BIRD", () => {
    const secrets = renderSecrets(HOST, passwords("pa$$ w'ö\\rd;#"));
    expect(secretsSchema.parse(secrets)).toEqual(secrets);
    expect(secrets.files).toEqual({
      [PATHS.birdSecrets]: {
        mode: "0640",
        owner: "root:bird",
        content: [
          "# Made by pulumi-anycast. BGP passwords (TCP MD5, RFC 2385).",
          `define password_169_254_169_254 = "pa$$ w'ö\\rd;#";`,
          `define password_2001_19f0_ffff__1 = "pa$$ w'ö\\rd;#";`,
          "",
        ].join("\n"),
      },
    });
  });

  it("is not there when no neighbor has a password", () => {
    const open = { ...HOST, neighbors: HOST.neighbors.map((neighbor) => ({ ...neighbor, password: false })) };
    expect(renderSecrets(open, passwords("unused")).files).toEqual({});
  });

  it.each([
    ["", "it is empty"],
    ['hunter"2', "double quote"],
    ["hunter2\n", "control character"],
    ["hunter\u00002", "control character"],
    ["hunter2".repeat(12), "longer than 80 bytes"],
  ])("refuses %j without telling it", (password, problem) => {
    const attempt = () => renderSecrets(HOST, passwords(password));
    expect(attempt).toThrow(`BGP password of neighbor 169.254.169.254: it`);
    expect(attempt).toThrow(problem);
    expect(attempt).not.toThrow("hunter");
  });

  it("refuses to leave one out", () => {
    expect(() => renderSecrets(HOST, {})).toThrow("BGP password of neighbor 169.254.169.254: there is none");
  });
});
