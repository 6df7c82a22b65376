import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { parse } from "yaml";
import type { NetworkInput } from "../model/schema.ts";
import { INVENTORY } from "../test/readers/inventory.ts";
import { Pipeline } from "./testing.ts";

// Each starts programs one after the other.
vi.setConfig({ testTimeout: 60_000 });

const REPOSITORY = { GITHUB_REPOSITORY: "example/anycast", GH_TOKEN: "none" };

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await Pipeline.create(communities("20473:64609"));
});
beforeEach(async () => {
  await pipeline.git("checkout", "--quiet", "--force", "-B", "change", "origin/main");
  pipeline.program("pulumi", 'echo "pulumi $*" >> "$CALLS"; echo "Previewing (lab)"');
  pipeline.calls();
});
afterAll(() => pipeline?.dispose());

/** Has all sites mark what they announce. */
function communities(...all: string[]): (network: NetworkInput) => void {
  return (network) => {
    for (const site of Object.values(network.sites)) site.communities = all;
  };
}

test("a change of a filter shows as its line wherever it stands, with its sites and who announces what", async () => {
  pipeline.edit(communities("20473:64609", "20473:64699"));
  await pipeline.commit("One more community");
  const { status, stdout } = await pipeline.run(["pull-request", "origin/main", "lab"]);
  expect(status).toBe(0);
  expect(stdout).toBe(`<!-- anycast: pull-request -->

## Stack \`lab\`

| prefix | announced by, before | after |
| --- | --- | --- |
| \`203.0.113.0/24\` | fra, nyc, sin (3) | the same |
| \`2001:db8:53::/48\` | fra, nyc, sin (3) | the same |

\`/etc/bird/bird.conf\` at fra, nyc, sin (3 sites):

\`\`\`diff
@@ -23,6 +23,7 @@
   bgp_community.add((65535, 0));
   bgp_community.add((20473, 6003));
   bgp_community.add((20473, 64609));
+  bgp_community.add((20473, 64699));
   bgp_path.prepend(64500);
   bgp_path.prepend(64500);
   bgp_path.prepend(64500);
@@ -31,6 +32,7 @@
 # What the site asks of its provider, for the routes announced in full.
 function mark() {
   bgp_community.add((20473, 64609));
+  bgp_community.add((20473, 64699));
 }
 
 # What may be announced over IPv4. A route exists exactly while its marker is an address of any0.
\`\`\``);
  expect(pipeline.calls(), "no Pulumi").toEqual([]);
  expect(await pipeline.git("worktree", "list")).not.toContain("\n");
});

test("a site that is drained shows in who announces what; a preview is there for who asks for it", async () => {
  pipeline.edit((network) => {
    network.sites["sin"]!.state = "drained";
  });
  await pipeline.commit("Drain sin");
  const env = { ANYCAST_PREVIEW: "yes" };
  const { status, stdout } = await pipeline.run(["pull-request", "origin/main", "lab"], { env });
  expect(status).toBe(0);
  expect(stdout).toContain("| `203.0.113.0/24` | fra, nyc, sin (3) | **fra, nyc (2); as the last choice sin** |");
  expect(stdout).toContain("<details><summary>pulumi preview</summary>\n\n    Previewing (lab)\n\n</details>");
  expect(pipeline.calls()).toEqual(["pulumi preview --stack lab --non-interactive --color never --suppress-outputs"]);
});

test("a configuration that is wrong is refused with its path", async () => {
  pipeline.edit((network) => {
    network.floor = 4;
  });
  await pipeline.commit("Too high a floor");
  const { status, stdout } = await pipeline.run(["pull-request", "origin/main", "lab"]);
  expect(status).toBe(1);
  expect(stdout).toContain("The configuration is refused:\n\n    anycast: anycast:network has a problem:\n");
  expect(stdout).toContain("anycast:network.floor: 3 of 3 sites are active, fewer than the floor of 4");
});

test("an announcement that other networks would reject fails the step, and the rest is shown", async () => {
  const roas = [
    { asn: 64496, prefix: "203.0.113.0/24", maxLength: 24 },
    { asn: 64500, prefix: "2001:db8:53::/48", maxLength: 48 },
  ];
  writeFileSync(join(pipeline.clone, "vrps.json"), JSON.stringify({ roas }));
  pipeline.edit((network) => {
    network.rpki = { vrps: "vrps.json" };
  });
  await pipeline.commit("Check ROAs");
  const { status, stdout } = await pipeline.run(["pull-request", "origin/main", "lab"]);
  expect(status).toBe(1);
  expect(stdout).toContain(
    "- **ROA 203.0.113.0/24: other networks would reject what fra, nyc, sin announce (RPKI invalid): the origin is AS64500, and there is 203.0.113.0/24-24 AS64496.",
  );
  expect(stdout).toContain("- ROA 2001:db8:53::/48: covers the announcement exactly\n\nNo file changes at any site.");
});

test("a preview that fails fails the step, and its text says why", async () => {
  pipeline.program("pulumi", 'echo "error: the stack is currently locked"; exit 255');
  const env = { ANYCAST_PREVIEW: "yes" };
  const { status, stdout } = await pipeline.run(["pull-request", "origin/main", "lab"], { env });
  expect(status).toBe(1);
  expect(stdout).toContain("`pulumi preview` fails:\n\n    error: the stack is currently locked");
});

test("the first text is a new comment, the next one edits it", async () => {
  const text = "<!-- anycast: pull-request -->\nbody\n";
  const gh = (found: string) =>
    pipeline.program(
      "gh",
      `echo "gh $*" | sed 's/@.*/@/' >> "$CALLS"; case "$*" in *--paginate*) echo "${found}";; esac`,
    );
  gh("");
  expect(await pipeline.run(["github-comment", "7"], { input: text, env: REPOSITORY })).toMatchObject({ status: 0 });
  expect(pipeline.calls().at(-1)).toBe(
    "gh api --silent --method POST repos/example/anycast/issues/7/comments --field body=@",
  );
  gh("1234");
  expect(await pipeline.run(["github-comment", "7"], { input: text, env: REPOSITORY })).toMatchObject({ status: 0 });
  expect(pipeline.calls().at(-1)).toBe(
    "gh api --silent --method PATCH repos/example/anycast/issues/comments/1234 --field body=@",
  );
});

/** Tells of drift, or of none, while `gh` knows an issue by that number; returns what it was called for. */
async function post(found: string, status: string): Promise<string | undefined> {
  pipeline.program("gh", `echo "gh $1 $2 $3" >> "$CALLS"; case "$*" in *list*) echo "${found}";; esac`);
  expect(await pipeline.run(["github-issue", "Drift of prod", status], { input: "x", env: REPOSITORY })).toMatchObject({
    status: 0,
  });
  return pipeline.calls().slice(1)[0];
}

test("drift has one issue while it lasts", async () => {
  expect(await post("", "1")).toBe("gh issue create --repo");
  expect(await post("12", "1")).toBe("gh issue edit 12");
  expect(await post("12", "0")).toBe("gh issue close 12");
  expect(await post("", "0")).toBeUndefined();
});

function answer(drift: object[]): string {
  return JSON.stringify({ site: "x", digest: "0".repeat(64), drift });
}

/** Stands for Pulumi and for SSH to the hosts, of which one has the drift. */
function deployed(preview: string, drift: object[]): void {
  pipeline.program(
    "pulumi",
    `case "$*" in
      *inventory*) cat <<'END'\n${JSON.stringify(INVENTORY)}\nEND\n;;
      *sshPrivateKey*) echo "the key";;
      *preview*) ${preview};;
    esac`,
  );
  pipeline.program(
    "ssh",
    `for each; do [ "$key" != next ] || { key=$each; break; }; [ "$each" != -i ] || key=next; done
    [ "$(cat "$key")" = "the key" ] && [ "$(stat -c %a "$key")" = 600 ] || { echo "no key" >&2; exit 255; }
    case "$*" in *192.0.2.2*) printf '%s\\n' '${answer(drift)}';; *) printf '%s\\n' '${answer([])}';; esac`,
  );
}

test("a stack whose clouds and hosts are as deployed has no drift", async () => {
  deployed("echo 'Resources: 26 unchanged'", []);
  const { status, stdout } = await pipeline.run(["drift", "lab"]);
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /^<!-- anycast: drift lab -->\n\nStack `lab`, commit `[0-9a-f]+`.\n\nThe clouds are as deployed.\n\nThe hosts are as applied.$/,
  );
});

test("drift of a host is told with the host, the file and the line, and drift of a cloud by Pulumi's words", async () => {
  const diff = "-  hold time 9;\n+  hold time 90;";
  deployed("echo 'error: no changes were expected but changes were proposed'; exit 1", [
    { about: "/etc/bird/bird.conf", problem: "differs from what was applied", line: 42, diff },
  ]);
  const { status, stdout } = await pipeline.run(["drift", "lab"]);
  expect(status).toBe(1);
  expect(stdout).toContain("    error: no changes were expected but changes were proposed");
  expect(stdout).toContain(
    "    nyc: /etc/bird/bird.conf:42 differs from what was applied\n        -  hold time 9;\n        +  hold time 90;\n",
  );
  expect(stdout).toContain("    fra: as applied\n");
});

test("a deployment that fails is a failure, and nobody asks the hosts", async () => {
  pipeline.program("pulumi", 'echo "pulumi $*" >> "$CALLS"; exit 255');
  expect(await pipeline.run(["deploy", "lab"])).toMatchObject({ status: 255 });
  expect(pipeline.calls()).toEqual(["pulumi up --stack lab --yes --non-interactive --color never"]);
});

test("a fleet of several stacks is deployed wave by wave, until one fails", async () => {
  const deploy = '#!/bin/sh\necho "deploy $1" >> "$CALLS"; [ "$1" != sin ]\n';
  writeFileSync(join(pipeline.clone, "gitops/deploy"), deploy);
  const { status, stderr } = await pipeline.run(["deploy-waves", "nyc,fra", "sin,sao", "syd"]);
  expect(status).toBe(1);
  expect(stderr).toBe("deploy-waves: 'sin' failed. Deployed before it: nyc fra. What comes after it was not touched.");
  expect(pipeline.calls()).toEqual(["deploy nyc", "deploy fra", "deploy sin"]);
  expect(await pipeline.run(["deploy-waves"])).toMatchObject({ status: 2 });
});

test("workflows use the actions of others at one commit only, and have no permission and hide no failure by default", () => {
  const folder = join(import.meta.dirname, "../.github");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".yml"));
  const texts = files.map((name) => readFileSync(join(folder, name), "utf8"));
  const uses = texts.flatMap((text) =>
    [...text.matchAll(/uses: (\S+)(.*)/g)].map(([, action = "", rest]) => `${action}${rest}`),
  );
  expect(uses.filter((use) => !/^(\.\/\S+|\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+)/.test(use))).toEqual([]);
  const workflows = texts.filter((text) => text.includes("\non:\n"));
  expect(workflows).toHaveLength(4);
  expect(workflows.filter((text) => !text.includes("\npermissions: {}\n"))).toEqual([]);
  // Without it a pipe hides that a script failed.
  expect(workflows.filter((text) => !text.includes("\n    shell: bash"))).toEqual([]);
});

interface Job {
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Readonly<Record<string, unknown>>;
  }[];
}

function jobsOf(workflow: string): Record<string, Job> {
  const text = readFileSync(join(import.meta.dirname, "../.github/workflows", `${workflow}.yml`), "utf8");
  return (parse(text) as { jobs: Record<string, Job> }).jobs;
}

test("a pull request's program runs with secrets only in a job that has an environment, and nowhere with a permission to write", () => {
  const problems = Object.entries(jobsOf("pull-request")).flatMap(([name, job]) => {
    const checkout = job.steps.find(({ uses }) => uses?.startsWith("actions/checkout@"));
    const runsTheChange = checkout?.with?.["ref"] === undefined;
    const writes = Object.entries(job.permissions ?? {}).filter(
      ([what, may]) => may === "write" && what !== "id-token",
    );
    const isGuarded = !JSON.stringify(job).includes("secrets.") || job.environment === "preview";
    return [
      ...(runsTheChange && writes.length > 0 ? [`${name} runs the change and may write`] : []),
      ...(isGuarded ? [] : [`${name} has secrets and no environment`]),
    ];
  });
  expect(problems).toEqual([]);
});

test("the job that publishes a release runs nothing of the repository, and installs nothing", () => {
  const jobs = Object.entries(jobsOf("release")).filter(([, { permissions }]) => permissions?.["id-token"] === "write");
  expect(jobs.map(([name]) => name)).toEqual(["publish"]);
  const [, publish] = jobs[0]!;
  expect(publish.steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"))).toEqual([]);
  expect(publish.steps.flatMap(({ run = "" }) => run.match(/\b(npm|npx) \w+/g) ?? [])).toEqual(["npm publish"]);
});
