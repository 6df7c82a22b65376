import { expect, test } from "vitest";
import type { AgentConfig } from "../../model/agent-config.ts";
import { siteConfig } from "../testing/config.ts";
import { bouncedSessions, endedSessions, movedMarkers, type BirdChange } from "./harm.ts";

const session = (name: string, settings: string, channel = "export filter e;"): string => `protocol bgp ${name} {
  # comment
  description "a";
  local 198.51.100.1 as 64500;
  neighbor 198.51.100.2 as 64515;
  ${settings}

  ipv4 {
    table announce4;
    ${channel}
  };
}
`;
const conf = session("a", "hold time 9;") + session("b", "hold time 9;");
const secret = session("a", "hold time 9;") + session("b", "password of_b;");

test.each<[string, string, string[]]>([
  ["the same", conf, []],
  ["another filter", session("a", "hold time 9;", "export none;") + session("b", "hold time 9;"), []],
  ["another comment and description", conf.replaceAll("# comment", "# other").replaceAll('"a"', '"b"'), []],
  ["another hold time", session("a", "hold time 30;") + session("b", "hold time 9;"), ["a"]],
  ["one session fewer", session("b", "hold time 9;"), ["a"]],
  ["one session more", conf + session("c", "hold time 9;"), []],
  ["no configuration", "", ["a", "b"]],
])("sessions that %s ends", (_, after, bounced) => {
  expect(bouncedSessions(conf, after)).toEqual(bounced);
});

test("nothing is bounced where there was nothing", () => {
  expect(bouncedSessions("", conf)).toEqual([]);
});

test.each<[string, Partial<BirdChange>, string[]]>([
  ["that is left alone", { bird: "keep" }, []],
  ["that only starts", { bird: "start" }, []],
  ["that restarts", { bird: "restart" }, ["a", "b"]],
  ["that stops", { bird: "stop", after: "" }, ["a", "b"]],
  ["that reads the same again", {}, []],
  ["that gets another hold time", { after: conf.replace("hold time 9;", "hold time 30;") }, ["a"]],
  ["that gets other passwords, where no session has one", { newPasswords: true }, []],
  ["that gets other passwords", { before: secret, after: secret, newPasswords: true }, ["b"]],
])("the sessions of a BIRD %s", (_, change, ended) => {
  expect(endedSessions({ bird: "reload", before: conf, after: conf, newPasswords: false, ...change })).toEqual(ended);
});

test("a marker that becomes another prefix's has moved; one that nobody had has not", () => {
  const before = siteConfig();
  const [first, second] = before.prefixes;
  if (first === undefined || second === undefined) throw new Error("two prefixes are needed");
  const after = (...prefixes: AgentConfig["prefixes"]): AgentConfig => ({ ...before, prefixes });
  expect(movedMarkers(before, before)).toEqual([]);
  expect(movedMarkers(before, after(first))).toEqual([]);
  expect(movedMarkers(before, after({ ...first, cidr: "198.51.100.0/24" }))).toEqual(["198.51.100.0/24"]);
  expect(movedMarkers(before, after({ ...second, full: first.full }))).toEqual([second.cidr]);
  const fresh = { address: "198.19.9.0/31", protocol: "x" };
  expect(
    movedMarkers(before, after(first, second, { ...first, cidr: "198.51.100.0/24", full: fresh, drained: fresh })),
  ).toEqual([]);
});
