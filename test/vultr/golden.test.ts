import { expect, test } from "vitest";
import { IDENTITY, SERVER, startCloud } from "./cloud.ts";

async function start() {
  const { api, engine, expectComplete } = await startCloud();
  let read = 0;
  /** The requests since the last look, without those that only look again; ids as their kind. */
  const requests = (ids: Record<string, string>): unknown[] => {
    const fresh = api.requests.slice(read);
    read = api.requests.length;
    const lines = fresh.map(({ method, path, body }) => {
      let text = `${method} ${path}`;
      for (const [name, id] of Object.entries(ids)) text = text.replace(id, name);
      return body === undefined ? text : [text, JSON.parse(body) as unknown];
    });
    return lines.filter((line, index) => typeof line !== "string" || line !== lines[index - 1]);
  };
  return { engine, requests, expectComplete };
}

test("SSH keys are made, read, changed and deleted as the API has it", async () => {
  const { engine, requests } = await start();
  const urn = engine.urn("SshKey");
  const inputs = { name: "anycast-0", sshKey: "ssh-ed25519 AAAA" };
  const { id, state } = await engine.create(urn, inputs);
  expect(requests({ ID: id })).toEqual([
    "GET /v2/ssh-keys?per_page=500",
    ["POST /v2/ssh-keys", { name: "anycast-0", ssh_key: "ssh-ed25519 AAAA" }],
  ]);
  await engine.read(urn, id, { inputs, state });
  await engine.update(urn, id, state, { ...inputs, name: "other" });
  await engine.delete(urn, id, state);
  expect(requests({ ID: id })).toEqual([
    "GET /v2/ssh-keys/ID",
    ["PATCH /v2/ssh-keys/ID", { name: "other" }],
    "DELETE /v2/ssh-keys/ID",
  ]);
});

test("firewall groups and their rules are made, read, changed and deleted as the API has it", async () => {
  const { engine, requests } = await start();
  const urn = engine.urn("FirewallGroup");
  const { id, state } = await engine.create(urn, { description: "anycast" });
  await engine.read(urn, id, { inputs: { description: "anycast" }, state });
  await engine.update(urn, id, state, { description: "other" });
  expect(requests({ G: id })).toEqual([
    "GET /v2/firewalls?per_page=500",
    ["POST /v2/firewalls", { description: "anycast" }],
    "GET /v2/firewalls/G",
    ["PUT /v2/firewalls/G", { description: "other" }],
  ]);
  const rulesUrn = engine.urn("FirewallRules");
  const rules = [
    { protocol: "tcp", port: "22", from: "2001:db8:0:0::/32", notes: "SSH" },
    { protocol: "icmp", from: "0.0.0.0/0" },
  ];
  const { inputs } = await engine.check(rulesUrn, { groupId: id, rules });
  const made = await engine.create(rulesUrn, inputs);
  expect(requests({ G: id })).toEqual([
    "GET /v2/firewalls/G/rules?per_page=500",
    [
      "POST /v2/firewalls/G/rules",
      { ip_type: "v6", protocol: "tcp", subnet: "2001:db8::", subnet_size: 32, port: "22", notes: "SSH" },
    ],
    ["POST /v2/firewalls/G/rules", { ip_type: "v4", protocol: "icmp", subnet: "0.0.0.0", subnet_size: 0 }],
  ]);
  const changed = { groupId: id, rules: [rules[1], { protocol: "udp", port: "53", from: "0.0.0.0/0" }] };
  const state2 = await engine.update(rulesUrn, made.id, made.state, (await engine.check(rulesUrn, changed)).inputs);
  expect(requests({ G: id })).toEqual([
    "GET /v2/firewalls/G/rules?per_page=500",
    ["POST /v2/firewalls/G/rules", { ip_type: "v4", protocol: "udp", subnet: "0.0.0.0", subnet_size: 0, port: "53" }],
    "DELETE /v2/firewalls/G/rules/1",
  ]);
  await engine.delete(rulesUrn, made.id, state2);
  await engine.delete(urn, id, state);
  expect(requests({ G: id })).toEqual([
    "GET /v2/firewalls/G/rules?per_page=500",
    "DELETE /v2/firewalls/G/rules/2",
    "DELETE /v2/firewalls/G/rules/3",
    "DELETE /v2/firewalls/G",
  ]);
});

test.each([
  {
    type: "Instance",
    path: "/v2/instances",
    plan: "vc2-1c-2gb",
    own: { backups: "disabled" },
  },
  { type: "BareMetalServer", path: "/v2/bare-metals", plan: "vbm-4c-32gb", own: { persistent_pxe: false } },
])("a server of type $type is made, read, changed and deleted as the API has it", async ({ type, path, plan, own }) => {
  const { engine, requests, expectComplete } = await start();
  const urn = engine.urn(type);
  const { inputs } = await engine.check(urn, { ...SERVER, plan });
  const { id, state } = await engine.create(urn, inputs);
  await expectComplete();
  const asked = requests({ ID: id });
  expect(asked).toEqual([
    `GET ${path}?tag=anycast-unfinished-${IDENTITY}&per_page=500`,
    [
      `POST ${path}`,
      {
        region: "ams",
        plan,
        os_id: 2136,
        label: "ams",
        hostname: "ams",
        enable_ipv6: true,
        tags: ["pulumi-anycast", "prod", `anycast-unfinished-${IDENTITY}`],
        sshkey_id: [],
        user_data: Buffer.from(String(SERVER["userData"])).toString("base64"),
        activation_email: false,
        ...own,
      },
    ],
    `GET ${path}/ID`,
    `GET ${path}?tag=anycast-unfinished-${IDENTITY}&per_page=500`,
    [`PATCH ${path}/ID`, { tags: ["pulumi-anycast", "prod", `anycast-${IDENTITY}`] }],
  ]);

  await engine.read(urn, id, { inputs, state });
  expect(requests({ ID: id })).toEqual([`GET ${path}/ID`]);

  const group =
    type === "Instance" ? await engine.create(engine.urn("FirewallGroup"), { description: "g" }) : undefined;
  requests({});
  const news = {
    ...inputs,
    label: "renamed",
    tags: ["other"],
    ...(group === undefined ? {} : { firewallGroupId: group.id }),
  };
  await engine.update(urn, id, state, news);
  expect(requests({ ID: id, GROUP: group?.id ?? "none" })).toEqual([
    `GET ${path}/ID`,
    [
      `PATCH ${path}/ID`,
      {
        label: "renamed",
        ...(group === undefined ? {} : { firewall_group_id: group.id }),
        tags: ["other", `anycast-${IDENTITY}`],
      },
    ],
  ]);

  await engine.delete(urn, id, state);
  expect(requests({ ID: id })).toEqual([`DELETE ${path}/ID`, `GET ${path}/ID`]);
});

test("the user data is overwritten when first contact is over, and nothing else is sent", async () => {
  const { engine, requests, expectComplete } = await start();
  const urn = engine.urn("Instance");
  const { inputs } = await engine.check(urn, SERVER);
  const { id } = await engine.create(urn, inputs);
  await expectComplete();
  requests({});
  const done = engine.urn("FirstContactDone");
  const made = await engine.create(done, { instanceIds: [id], bareMetalIds: [] });
  const overwritten = [
    "GET /v2/instances/ID",
    ["PATCH /v2/instances/ID", { user_data: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/) as string }],
  ];
  expect(requests({ ID: id })).toEqual(overwritten);
  const other = await engine.create(urn, { ...inputs, identity: "f".repeat(32) });
  await engine.update(done, made.id, made.state, { instanceIds: [id], bareMetalIds: [] });
  requests({});
  await engine.update(done, made.id, made.state, { instanceIds: [other.id, id], bareMetalIds: [] });
  expect(requests({ ID: other.id }).slice(-2)).toEqual(overwritten);
  await engine.delete(done, made.id, made.state);
  expect(requests({})).toEqual([]);
});
