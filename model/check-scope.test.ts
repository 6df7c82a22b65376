import { expect, it } from "vitest";
import { agentConfigSchema, type AgentCheckInput } from "./agent-config.ts";

const VIP = "203.0.113.80";
const site = { kind: "tcp", address: VIP, port: 80 } as const;

/** The checks of a service, as the agent runs them. */
function checks(written: AgentCheckInput[], addresses: string[] = [VIP]) {
  return agentConfigSchema.parse({
    site: "fra",
    services: {
      web: { addresses, checks: written },
      dns: { addresses: ["2001:db8:53::53"], checks: [{ kind: "unit", unit: "knot.service" }] },
    },
    prefixes: [{ cidr: "203.0.113.0/24" }],
    heartbeat: { addresses: ["192.0.2.10"], port: 61453 },
  }).services["web"]!.checks;
}

it.each<[string, AgentCheckInput, "site" | "shared"]>([
  ["of the service", site, "site"],
  ["of another service of the site", { ...site, address: "2001:DB8:53:0::53" }, "site"],
  ["of the host's own address", { ...site, address: "192.0.2.10" }, "site"],
  ["of the loopback address", { ...site, address: "127.0.0.53" }, "site"],
  ["of somebody else", { ...site, address: "192.0.2.1" }, "shared"],
  ["of somebody else, written so", { ...site, address: "192.0.2.1", scope: "site" }, "site"],
  ["of the service, written so", { ...site, scope: "shared" }, "shared"],
  ["of a command", { kind: "command", argv: ["true"] }, "site"],
])("a check %s is of scope %s", (_, check, scope) => {
  expect(checks([site, check]).map((each) => each.scope)).toEqual(["site", scope]);
});

it("a check of a service that does not say where it is counts as the site's own", () => {
  expect(checks([{ ...site, address: "192.0.2.1" }], []).map(({ scope }) => scope)).toEqual(["site"]);
});

it.each<[string, AgentCheckInput]>([
  ["serial", { kind: "dns", address: VIP, name: "example.net", serial: { servers: ["192.0.2.1"], behind: 0 } }],
  ["certificateDays", { kind: "https", address: VIP, certificateDays: 7 }],
  ["offset", { kind: "ntp", address: VIP, offset: 50 }],
])("what %s asks only drains, and the same check without it withdraws", (key, check) => {
  const [question, shared, ...rest] = checks([{ ...check, id: "a", slow: 100, dependsOn: [] }]);
  expect(rest).toEqual([]);
  expect(question).toMatchObject({ id: "a", scope: "site", slow: 100, [key]: undefined });
  expect(shared).toMatchObject({ scope: "shared", dependsOn: ["a"], [key]: check[key as never] });
  expect(shared?.id).toBeUndefined();
  for (const scope of ["site", "shared"] as const) {
    const [as, beside] = checks([{ ...check, scope }, site]);
    expect(as).toMatchObject({ scope, [key]: check[key as never] });
    expect(beside).toMatchObject({ kind: "tcp" });
  }
});

it("two such checks without an id each depend on their own", () => {
  const https = { kind: "https", address: VIP, certificateDays: 7 } as const;
  const all = checks([https, { ...https, port: 8443 }]);
  const ids = all.filter(({ scope }) => scope === "site").map(({ id }) => [id]);
  expect(new Set(ids.flat()).size).toBe(2);
  expect(all.filter(({ scope }) => scope === "shared").map(({ dependsOn }) => dependsOn)).toEqual(ids);
});
