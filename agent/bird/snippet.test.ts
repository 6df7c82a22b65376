import { expect, test } from "vitest";
import { agentConfigSchema } from "../../model/agent-config.ts";
import { markedPrefixes } from "../../model/markers.ts";
import { birdSnippet } from "./snippet.ts";

const config = agentConfigSchema.parse({
  site: "ams",
  services: { web: { checks: [{ kind: "tcp", address: "203.0.113.80", port: 80 }] } },
  prefixes: [{ cidr: "203.0.113.0/24" }, { cidr: "2001:db8:53::/48" }],
});

test("each marker has its static protocol, by the next hop beside it", () => {
  const text = birdSnippet(config);
  for (const { cidr, full, drained } of markedPrefixes(["203.0.113.0/24", "2001:db8:53::/48"]))
    for (const { protocol, nextHop } of [full, drained]) {
      const [, body] = new RegExp(`^protocol static ${protocol} \\{\n([^}]+\\};\n[^}]+)\\}$`, "m").exec(text) ?? [];
      expect(body).toContain(`route ${cidr} via ${nextHop};`);
    }
});

test("a family without a prefix has nothing", () => {
  const text = birdSnippet({ ...config, prefixes: config.prefixes.filter(({ family }) => family === 4) });
  expect(text).not.toContain("ipv6");
});
