import { copyFile, readFile, symlink, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { makeAccount } from "../../lab/account.ts";
import { labAt, labPaths, makeLabFolder } from "../../lab/folder.ts";
import { serveRehearsal, type ServedRehearsal } from "../../lab/pulumi.ts";
import { openAccount } from "../../lab/rehearsal.ts";
import { yamlHost } from "./yaml-host.ts";

const PROJECT = join(import.meta.dirname, "../..");
const { folder } = inject("installed");
const cwd = join(folder, "yaml");
const lab = labAt(join(folder, "yaml-lab"));

let env: Record<string, string>;
let rehearsal: ServedRehearsal;
beforeAll(async () => {
  await makeLabFolder(lab);
  await makeAccount(lab);
  const { apiKey, bgpPassword } = await openAccount(lab, {
    asn: 64500,
    prefixes: ["203.0.113.0/24", "2001:db8:53::/48"],
  });
  rehearsal = await serveRehearsal(lab);
  env = { ...rehearsal.env, PATH: [rehearsal.env["PATH"], await yamlHost()].join(delimiter) };
  // As `npm install` in the folder of the example would.
  await symlink(join(folder, "node_modules"), join(cwd, "node_modules"));
  await execa("pulumi", ["stack", "init", "dev", "--non-interactive"], { cwd, env });
  const sshPrivateKey = await readFile(labPaths(lab).operatorKey, "utf8");
  for (const [name, input] of Object.entries({ "anycast-vultr:apiKey": apiKey, bgpPassword, sshPrivateKey }))
    await execa("pulumi", ["config", "set", "--secret", name, "--stack", "dev"], { cwd, env, input });
  // The language host may have to be built.
}, 900_000);

afterAll(() => rehearsal.close());

function preview() {
  const args = ["preview", "--stack", "dev", "--non-interactive", "--color", "never"];
  return execa("pulumi", args, { cwd, env, reject: false, all: true });
}

test("the package tells its schema", async () => {
  const args = ["package", "get-schema", join(folder, "node_modules/.bin/pulumi-resource-anycast")];
  const { stdout } = await execa("pulumi", args, { cwd, env });
  const { version } = JSON.parse(await readFile(join(PROJECT, "package.json"), "utf8")) as { version: string };
  expect(JSON.parse(stdout)).toMatchObject({
    name: "anycast",
    version,
    resources: {
      "anycast:index:AnycastNetwork": {
        isComponent: true,
        requiredInputs: ["network"],
        inputProperties: { sshPrivateKey: { type: "string", secret: true } },
      },
    },
  });
});

test("a program in YAML has the network with its sites, and the preview says who announces what", async () => {
  const { exitCode, all } = await preview();
  expect({ exitCode, all }).toMatchObject({ exitCode: 0 });
  expect(all).toContain("203.0.113.0/24: announced by nobody → ams, ewr, sgp");
  for (const site of ["ams", "ewr", "sgp"])
    expect(all).toMatch(new RegExp(`\\+ +command:remote:Command anycast-${site}-apply create`));
});

test("a mistake is told in the user's words, and so is a network that is not plain", async () => {
  const file = join(cwd, "Pulumi.yaml");
  const text = await readFile(file, "utf8");
  await copyFile(file, `${file}.right`);
  try {
    await writeFile(file, text.replace("asn: 64500", "asm: 64500"));
    expect((await preview()).all).toContain("anycast:network: unknown key 'asm'; did you mean 'asn'?");
    await writeFile(file, text.replace("asn: 64500", "asn: { fn::secret: 64500 }"));
    expect((await preview()).all).toContain("has a problem: network has an output or a secret in it");
  } finally {
    await copyFile(`${file}.right`, file);
  }
});
