import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fingerprint, keyIn } from "../../model/ssh-keys.ts";
import { sshKey } from "../../test/ssh-key.ts";
import { keysIn, onlyKeys, revisedKeys } from "./authorized-keys.ts";

const KEYS = [1, 2, 3, 4].map((octet) => `ssh-ed25519 ${blob(octet)}`);
const [ANN = "", BEN = ""] = KEYS;

function blob(octet: number): string {
  return Buffer.concat([Buffer.from("\0\0\0\x0bssh-ed25519\0\0\0\x20", "latin1"), Buffer.alloc(32, octet)]).toString(
    "base64",
  );
}

test.each<[what: string, line: string, key: string | undefined]>([
  ["a key alone", ANN, blob(1)],
  ["a comment", `${ANN} ann@example.net`, blob(1)],
  ["blanks and tabs", `  ${ANN.replace(" ", "\t ")}  `, blob(1)],
  ["options", `no-pty,from="192.0.2.0/24" ${ANN}`, blob(1)],
  ["a key in the quotes of an option", `command="cat \\"ssh-ed25519 ${blob(2)}\\" x" ${ANN} c`, blob(1)],
  ["an authority", `cert-authority ${ANN}`, blob(1)],
  ["a line that is commented out", `# ${ANN}`, undefined],
  ["nothing", "", undefined],
  ["words", "# who may log in", undefined],
  ["a type alone", "ssh-ed25519", undefined],
])("the key of a line with %s is found", (_what, line, key) => {
  expect(keyIn(line)).toBe(key);
});

test("a fingerprint is that of ssh-keygen", () => {
  const { public: line } = sshKey();
  const listed = execFileSync("ssh-keygen", ["-l", "-f", "-"], { input: line, encoding: "utf8" });
  expect(listed.split(" ")[1]).toBe(fingerprint(keyIn(line) ?? ""));
});

test("only the lines of revoked keys go, and only keys that are missing come", () => {
  const text = `# by hand\nno-pty ${ANN} ann\n\n${BEN} ben`;
  expect(revisedKeys(text, [], new Set())).toBe(text);
  expect(revisedKeys(text, [`${ANN} other comment`], new Set())).toBe(text);
  expect(revisedKeys(text, [], new Set([blob(1)]))).toBe(`# by hand\n\n${BEN} ben`);
  expect(revisedKeys(text, [KEYS[2] ?? ""], new Set([blob(2)]))).toBe(`# by hand\nno-pty ${ANN} ann\n${KEYS[2]}\n`);
  expect(revisedKeys("", [ANN], new Set())).toBe(`${ANN}\n`);
  expect(onlyKeys([ANN, BEN])).toMatch(/^# .*\n(ssh-ed25519 .*\n){2}$/);
});

test("whatever stands in the file: no revoked key, every wanted one, all other lines in their order, and a second time changes nothing", () => {
  const line = fc.oneof(
    fc.constantFrom(...KEYS, ...KEYS.map((key) => `from="a b" ${key} c`), "# ssh", "", "nonsense"),
    fc.string().filter((text) => !text.includes("\n")),
  );
  fc.assert(
    fc.property(fc.array(line), fc.subarray(KEYS), fc.subarray(KEYS), (lines, wanted, out) => {
      const revoked = new Set(out.filter((key) => !wanted.includes(key)).flatMap((key) => keyIn(key) ?? []));
      const before = lines.join("\n");
      const after = revisedKeys(before, wanted, revoked);
      const found = keysIn(after);
      expect([...revoked].filter((key) => found.has(key))).toEqual([]);
      expect(wanted.filter((key) => !found.has(keyIn(key) ?? ""))).toEqual([]);
      const kept = lines.filter((each) => each !== "" && !revoked.has(keyIn(each) ?? ""));
      expect(
        after
          .split("\n")
          .filter((each) => each !== "")
          .slice(0, kept.length),
      ).toEqual(kept);
      expect(revisedKeys(after, wanted, revoked)).toBe(after);
    }),
  );
});
