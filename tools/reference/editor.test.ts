import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { getLanguageService, TextDocument, type LanguageService } from "yaml-language-server";

const PROJECT = join(import.meta.dirname, "../..");
const SCHEMA = join(PROJECT, "stack.schema.json");

/** The files that an editor should know, from the project's folder. */
const FILES = ["stacks", ...readdirSync(join(PROJECT, "examples")).map((name) => `examples/${name}`)].flatMap(
  (folder) =>
    readdirSync(join(PROJECT, folder))
      .filter((name) => /^Pulumi\..+\.yaml$/.test(name))
      .map((name) => `${folder}/${name}`),
);

/** An editor; it is told where the schemas are that it asks for, as if npm had installed the package. */
function makeEditor(asked: string[] = []): LanguageService {
  const editor = getLanguageService({
    schemaRequestService: async (uri) => {
      const path = fileURLToPath(uri);
      asked.push(path.slice(PROJECT.length + 1));
      return readFileSync(path.endsWith("/node_modules/pulumi-anycast/stack.schema.json") ? SCHEMA : path, "utf8");
    },
    workspaceContext: { resolveRelativePath: (path, base) => new URL(path, base).href },
    telemetry: { send: () => undefined, sendError: () => undefined, sendTrack: () => undefined },
  });
  editor.configure({ validate: true, hover: true, completion: true, schemas: [] });
  return editor;
}

/** A file in the editor. */
type Opened = Parameters<LanguageService["doValidation"]>[0];

/** The editor keeps what it knows of a version. */
let version = 0;

function open(path: string, text: string): Opened {
  version += 1;
  return TextDocument.create(pathToFileURL(join(PROJECT, path)).href, "yaml", version, text) as Opened;
}

/** What an editor says of a text: line, and message. */
async function problems(editor: LanguageService, path: string, text: string): Promise<string[]> {
  const found = await editor.doValidation(open(path, text), false);
  return found.map(({ range, message }) => `${range.start.line + 1}: ${message}`);
}

test.each(FILES)("%s is right, and names the schema", async (path) => {
  const asked: string[] = [];
  expect(await problems(makeEditor(asked), path, readFileSync(join(PROJECT, path), "utf8"))).toEqual([]);
  const folder = path.startsWith("stacks/") ? "" : join(path, "../node_modules/pulumi-anycast/");
  expect(asked).toEqual([`${folder}stack.schema.json`]);
});

/** A stack with all that Pulumi writes and takes. */
const STACK = `# yaml-language-server: $schema=../stack.schema.json
encryptionsalt: v1:abc
x-defaults: &site { host: { provider: vultr, region: ams } }
config:
  anycast:sshPrivateKey: { secure: v1:abc }
  anycast:bgpPasswords: { vultr: { secure: v1:abc } }
  anycast:network:
    asn: 64500
    prefixes: [203.0.113.0/24]
    services: { dns: { kind: dns, addresses: [203.0.113.53], zones: { example.net: x.zone } } }
    sites:
      ams: *site
      fra: { host: { provider: vultr, region: fra } }
      ewr: { <<: *site, host: { provider: vultr, region: ewr }, state: drained }
    rollout: { soak: 1.5 min }
    drain: { residue: 0.5 packets/s }
  pulumi:tags: { a: b }
  aws:region: eu-west-1
`;

describe("a stack", () => {
  const editor = makeEditor();

  test("is right with secrets, merged maps, Pulumi's own keys and the configuration of others", async () => {
    expect(await problems(editor, "stacks/Pulumi.x.yaml", STACK)).toEqual([]);
  });

  test.each([
    ["prefixes:", "prefixs:", "9: Property prefixs is not allowed."],
    ["state:", "stat:", "14: Property stat is not allowed."],
    ["anycast:network", "anycast:netwrok", "7: Property anycast:netwrok is not allowed."],
    ["anycast:sshPrivateKey", "anycast:sshPrivatKey", "5: Property anycast:sshPrivatKey is not allowed."],
    ["\nconfig:", "\nconfg:", "4: Property confg is not allowed."],
    [
      "{ secure: v1:abc }\n  anycast:bgp",
      "plain\n  anycast:bgp",
      '5: Incorrect type. Expected "secret (pulumi config set --secret)".',
    ],
    ["state: drained", "state: draned", '14: Value is not accepted. Valid values: "active", "drained".'],
    ["1.5 min", "1.5", '15: Incorrect type. Expected "string".'],
    ["1.5 min", "90 sec", "15: must be a duration with a unit, as in 200 ms or 2 s"],
    ["203.0.113.0/24", "203.0.113.0", "9: must be a prefix, as in 203.0.113.0/24 or 2001:db8:53::/48"],
    ["region: fra", "region: frx", "13: Value is not accepted."],
  ])("with %j as %j is wrong", async (right, wrong, problem) => {
    const found = await problems(editor, "stacks/Pulumi.x.yaml", STACK.replace(right, wrong));
    expect(found.join("\n")).toContain(problem);
  });

  test("is completed, and explained where the pointer is", async () => {
    const document = open("stacks/Pulumi.x.yaml", STACK.replace("    rollout:", "    flo\n    rollout:"));
    const { items } = await editor.doComplete(document, { line: 14, character: 7 }, false);
    expect(items.map(({ label }) => label)).toContain("floor");
    const hover = await editor.doHover(open("stacks/Pulumi.x.yaml", STACK), { line: 7, character: 5 });
    expect(JSON.stringify(hover)).toContain("The AS number that originates the prefixes.");
  });
});
