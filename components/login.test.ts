import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SshKeys } from "../model/ssh-keys.ts";
import { sshKey } from "../test/ssh-key.ts";
import { distinctKeys } from "./authorized-keys.ts";
import { Login } from "./login.ts";
import { outputError } from "./output-error.ts";

const [STACK, ANN, BEN] = [sshKey(), sshKey(), sshKey()];

let folder: string;
const { PATH = "" } = process.env;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "anycast-agent-"));
  process.env["PATH"] = `${folder}${delimiter}${PATH}`;
});

afterEach(() => {
  process.env["PATH"] = PATH;
  rmSync(folder, { recursive: true });
});

/** Has the SSH agent hold keys; none: there is no agent. */
function hold(...keys: { public: string }[]): void {
  const list = keys.map((key) => `echo '${key.public} somebody'\n`).join("");
  writeFileSync(join(folder, "ssh-add"), `#!/bin/sh\n${keys.length === 0 ? "exit 2\n" : list}`);
  chmodSync(join(folder, "ssh-add"), 0o755);
}

function given(only: boolean, ...people: { public: string }[]): SshKeys {
  return { format: 1, user: "anycast", only, keys: people.map((key) => key.public) };
}

/** A run before which a host got keys. */
function login(own: { private: string } | undefined, before?: SshKeys): Login {
  const told = new Map(before === undefined ? [] : [["net-ams-ssh-keys", before]]);
  return new Login(own && pulumi.output(own.private), Promise.resolve(told));
}

const known = (before?: SshKeys): Promise<string> =>
  login(STACK, before).known("ams", "net-ams-ssh-keys", STACK.private);

test("the stack's key is used where the host was given it, may have it by other means, or was given nothing yet", async () => {
  for (const before of [undefined, given(true, STACK, ANN), given(true, ANN, STACK), given(false, ANN)])
    await expect(known(before)).resolves.toBe(STACK.private);
});

test("a run whose key the host was not given is refused, with what to do", async () => {
  await expect(known(given(true, ANN, BEN))).rejects.toThrow(
    "This run could not log in to the host of site 'ams': it does not let in the key of anycast:sshPrivateKey. Let it in first",
  );
});

const checked = (next: SshKeys, before?: SshKeys): Promise<SshKeys> =>
  login(undefined, before).checked("ams", "net-ams-ssh-keys", next);

test("a run by the SSH agent that would lock itself out is refused", async () => {
  hold(ANN);
  const refusal =
    "After this run the host of site 'ams' would let in no key of your SSH agent, by which the run logs in.";
  await expect(checked(given(true, BEN))).rejects.toThrow(refusal);
  await expect(checked(given(true, BEN), given(true, ANN, BEN))).rejects.toThrow(refusal);
  await expect(checked(given(false, BEN), given(false, ANN))).rejects.toThrow(refusal);
  // It may be let in by a key that is none of the stack's.
  await expect(checked(given(false, BEN), given(false, BEN))).resolves.toEqual(given(false, BEN));
  hold(BEN, ANN);
  await expect(checked(given(true, ANN), given(true, ANN, BEN))).resolves.toEqual(given(true, ANN));
});

test("without an agent to ask, as in a preview elsewhere, nothing is refused", async () => {
  hold();
  await expect(checked(given(true, BEN), given(true, ANN))).resolves.toEqual(given(true, BEN));
});

test("a key that is named twice is let in once", () => {
  expect(distinctKeys([STACK.public, ` ${ANN.public} ann `, `${STACK.public} by hand`])).toEqual([
    STACK.public,
    `${ANN.public} ann`,
  ]);
});

test("Pulumi puts nothing in front of a refusal, through however many properties it comes", () => {
  const error = outputError("This run is refused");
  error.message = `error serializing property "connection": ${error.message}`;
  expect(error.message).toBe("This run is refused");
  expect(pulumi.RunError.isInstance(error)).toBe(true);
});
